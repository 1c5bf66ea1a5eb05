package demo

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

// pageWithin is how long a page may take to show what is waited for, on a machine that does
// much else.
const pageWithin = time.Minute

// TestPeopleSignIn plays a person with two windows: the sign-in page and the
// phone. DEMO_SCREENSHOTS=dir makes it keep pictures of both.
func TestPeopleSignIn(t *testing.T) {
	t.Parallel()
	chromium := chromiumPath(t)
	s := raiseForTest(t)
	page := openBrowser(t, chromium)

	t.Run("by WhatsApp, with a number that is new", func(t *testing.T) {
		const number = "+14155550123"
		page := page.in(t)
		page.open(s.pageURL)
		page.fill("#identifier", "+1 415 555 0123")
		page.click("button.main")

		page.see(".note", "cannot register people by SMS")
		page.click("button.main")
		page.see(".note", "created an account for this number")
		page.picture("signin.png", "html")

		phone := page.window(s.mock.ControlURL)
		phone.see(".bubble.whatsapp .text", "is your verification code")
		code := phone.copyCode()

		page.fill("#code", code)
		page.click("button.main")
		page.see(".done", number)

		page.click("a.main")
		page.see("h1", "Sign in")
	})

	t.Run("by SMS, after a wrong code", func(t *testing.T) {
		const number = "+14155550124"
		_, err := s.kratos.NewPerson(t.Context(), number, nil)
		require.NoError(t, err)
		page := page.in(t)
		page.open(s.pageURL)
		page.fill("#identifier", number)
		page.click("button.main")
		page.see("h1", "Enter your code")

		page.fill("#code", wrongCode(t, s, number))
		page.click("button.main")
		page.see("#problem", "not right")

		page.letPauseEnd()
		page.click(".other form:last-child button")
		message := awaitMessage(t, s, number, "sms")
		page.see("h1", "Enter your code")
		phone := page.window(s.mock.ControlURL)
		phone.see("#phone-14155550124 .bubble.sms .text", message.Code)
		phone.picture("phone.png", "#phone-14155550124")
		page.fill("#code", message.Code)
		page.click("button.main")
		page.see(".done", number)
		page.click("a.main")
		page.see("h1", "Sign in")
	})

	t.Run("not with something that is no number", func(t *testing.T) {
		page := page.in(t)
		page.open(s.pageURL)
		page.fill("#identifier", "+0415 555 0123")
		page.click("button.main")
		page.see("#problem", "no valid phone number in international form")
	})

	t.Run("under the name that the cookies belong to", func(t *testing.T) {
		page := page.in(t)
		page.open(strings.Replace(s.pageURL, "127.0.0.1", "localhost", 1))
		page.see("h1", "Sign in")
		at, err := chromedp.Run(page.ctx, chromedp.Location())
		require.NoError(t, err)
		require.True(t, strings.HasPrefix(at, s.pageURL), "the browser is at %s", at)
	})
}

// chromiumPath finds a browser. CI must have one.
func chromiumPath(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	if os.Getenv("CI") == "true" {
		t.Fatal("no chromium here, and CI must not skip the test in a browser: apt-get install chromium")
	}
	t.Skip("no chromium here: apt-get install chromium")
	return ""
}

func awaitMessage(t *testing.T, s *stage, number, channel string) client.Message {
	t.Helper()
	return awaitMessages(t, s, number, channel, 1)[0]
}

func awaitMessages(t *testing.T, s *stage, number, channel string, n int) []client.Message {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), pageWithin)
	defer cancel()
	messages, err := s.mock.WaitForMessages(ctx, client.Filter{To: number, Channel: channel}, n)
	require.NoError(t, err)
	return messages
}

// wrongCode is a code that surely was not sent.
func wrongCode(t *testing.T, s *stage, number string) string {
	t.Helper()
	if awaitMessage(t, s, number, "whatsapp").Code == "000000" {
		return "000001"
	}
	return "000000"
}

// window is one tab of the browser.
type window struct {
	t   *testing.T
	ctx context.Context
}

func openBrowser(t *testing.T, path string) window {
	t.Helper()
	// The sandbox needs rights that containers do not have; the browser sees
	// nothing but our own pages.
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.Flag("no-sandbox", true), chromedp.Flag("disable-gpu", true),
		chromedp.Flag("lang", "en-US"))
	ctx, cancel := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(cancel)
	return newWindow(t, ctx)
}

func newWindow(t *testing.T, parent context.Context) window {
	t.Helper()
	ctx, cancel := chromedp.NewContext(parent)
	t.Cleanup(cancel)
	require.NoError(t, chromedp.Do(ctx, chromedp.EmulateViewport(480, 720, chromedp.EmulateScale(2))))
	return window{t, ctx}
}

func (w window) in(t *testing.T) window { return window{t, w.ctx} }

// window opens another tab of the same browser.
func (w window) window(url string) window {
	w.t.Helper()
	other := newWindow(w.t, w.ctx)
	other.open(url)
	return other
}

func (w window) do(what string, steps ...chromedp.Action[chromedp.Void]) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.ctx, pageWithin)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		body, _ := chromedp.Run(w.ctx, chromedp.Text(chromedp.CSS("body")))
		require.NoError(w.t, err, "%s; the page says:\n%s", what, body)
	}
}

func (w window) open(url string) {
	w.t.Helper()
	w.do("open "+url, chromedp.Navigate(url))
}

func (w window) fill(selector, text string) {
	w.t.Helper()
	w.do("fill "+selector, chromedp.WaitVisible(chromedp.CSS(selector)), chromedp.SendKeys(chromedp.CSS(selector), text))
}

// click waits until the page that follows is there.
func (w window) click(selector string) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.ctx, pageWithin)
	defer cancel()
	_, err := chromedp.RunResponse(ctx, chromedp.Click(chromedp.CSS(selector)))
	require.NoError(w.t, err, "click %s", selector)
}

// see waits until an element shows a text.
func (w window) see(selector, text string) {
	w.t.Helper()
	var shown string
	seen := assert.Eventually(w.t, func() bool {
		ctx, cancel := context.WithTimeout(w.ctx, time.Second)
		defer cancel()
		shown, _ = chromedp.Run(ctx, chromedp.Text(chromedp.CSS(selector)))
		return strings.Contains(shown, text)
	}, pageWithin, 50*time.Millisecond, "%s does not show %q", selector, text)
	if !seen {
		body, err := chromedp.Run(w.ctx, chromedp.Text(chromedp.CSS("body")))
		require.FailNow(w.t, "the page says otherwise", "%s %v", body, err)
	}
}

// copyCode presses "Copy code" on the phone and returns what is then in the
// clipboard.
func (w window) copyCode() string {
	w.t.Helper()
	for _, permission := range []string{"clipboard-read", "clipboard-write"} {
		_, err := cdp.Call(w.ctx, chromedp.FromContext(w.ctx).Browser, browser.SetPermission, browser.SetPermissionParams{
			Permission: &browser.PermissionDescriptor{Name: permission}, Setting: browser.PermissionSettingGranted,
		})
		require.NoError(w.t, err)
	}
	w.do("copy the code", chromedp.Click(chromedp.CSS(".bubble.whatsapp button.copy")))
	w.see("#announce", "Code copied")
	code, err := chromedp.Run(w.ctx, chromedp.Evaluate[string]("navigator.clipboard.readText()", chromedp.EvalAwaitPromise))
	require.NoError(w.t, err)
	require.Regexp(w.t, "^[0-9]{6}$", code)
	return code
}

// picture keeps a screenshot where DEMO_SCREENSHOTS says.
func (w window) picture(name, selector string) {
	w.t.Helper()
	dir := os.Getenv("DEMO_SCREENSHOTS")
	if dir == "" {
		return
	}
	png, err := chromedp.Run(w.ctx, chromedp.Screenshot(chromedp.CSS(selector)))
	require.NoError(w.t, err)
	require.NoError(w.t, os.WriteFile(filepath.Join(dir, name), png, 0o644))
}
