package mockmeta_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

// screen opens the page in chromium, or skips the test where there is none. CI
// must have one.
func screen(t *testing.T, b *bench) context.Context {
	t.Helper()
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if p, err := exec.LookPath(name); err == nil {
			path = p
			break
		}
	}
	if path == "" {
		require.NotEqual(t, "true", os.Getenv("CI"), "CI must not skip the test in a browser: apt-get install chromium")
		t.Skip("chromium is not installed (Debian: apt-get install chromium)")
	}
	ctx, cancel := chromedp.NewExecAllocator(t.Context(), append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.Flag("disable-background-networking", true))...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	require.NoError(t, chromedp.Do(ctx, chromedp.EmulateViewport(1360, 900)))
	tab, cancel := context.WithTimeout(ctx, time.Minute)
	t.Cleanup(cancel)
	for _, permission := range []string{"clipboard-read", "clipboard-write"} {
		_, err := cdp.Call(tab, chromedp.FromContext(tab).Browser, browser.SetPermission, browser.SetPermissionParams{
			Permission: &browser.PermissionDescriptor{Name: permission}, Setting: browser.PermissionSettingGranted,
		})
		require.NoError(t, err)
	}
	require.NoError(t, chromedp.Do(tab, chromedp.Navigate(b.ControlURL)))
	return tab
}

// until waits for an expression to be true in the page.
func until(t *testing.T, tab context.Context, expression string) {
	t.Helper()
	_, err := chromedp.Run(tab, chromedp.Poll[bool](expression, chromedp.WithPollingTimeout(10*time.Second)))
	require.NoError(t, err, expression)
}

func click(t *testing.T, tab context.Context, selector string) {
	t.Helper()
	require.NoError(t, chromedp.Do(tab, chromedp.Click(chromedp.CSS(selector))), selector)
}

// keep saves a screenshot when PAGE_SCREENSHOTS names a folder.
func keep(t *testing.T, tab context.Context, name string) {
	t.Helper()
	dir := os.Getenv("PAGE_SCREENSHOTS")
	if dir == "" {
		return
	}
	shot := chromedp.FullScreenshot(100)
	if strings.HasSuffix(name, "small") {
		shot = chromedp.CaptureScreenshot()
	}
	png, err := chromedp.Run(tab, shot)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, name+".png"), png, 0o644))
}

// accessible fails when axe finds a violation.
func accessible(t *testing.T, tab context.Context) {
	t.Helper()
	axe, err := os.ReadFile("judges/node_modules/axe-core/axe.min.js")
	if err != nil {
		require.NotEqual(t, "true", os.Getenv("CI"), "CI asks axe: run `make page-tools` first")
		t.Log("axe was not asked: `make page-tools` gets it")
		return
	}
	// The page's own policy forbids foreign scripts; the debugger's may run.
	require.NoError(t, chromedp.Do(tab, chromedp.Evaluate[chromedp.Void](string(axe)+";undefined")))
	found, err := chromedp.Run(tab, chromedp.Evaluate[[]string](
		`axe.run().then(r => r.violations.map(v => v.id + ": " + v.nodes.map(n => n.html.slice(0, 120) + " " + n.failureSummary).join(" | ")))`,
		chromedp.EvalAwaitPromise))
	require.NoError(t, err)
	require.Empty(t, found)
}

func TestThePageIsAPhone(t *testing.T) {
	t.Parallel()
	b := start(t)
	tab := screen(t, b)
	until(t, tab, `!document.getElementById("empty").hidden`)

	// A message appears by itself, rendered as WhatsApp shows it.
	require.Equal(t, 200, b.send(otp(phone, "481920")).status)
	bubble := `document.querySelector("#phone-12025550143 .whatsapp .bubble[data-state=read]")`
	until(t, tab, bubble+` !== null`)
	text, err := chromedp.Run(tab, chromedp.Evaluate[string](bubble+`.innerText`))
	require.NoError(t, err)
	require.Contains(t, text, "481920 is your verification code. For your security, do not share this code.")
	require.Contains(t, text, "This code expires in 5 minutes.")
	require.Contains(t, text, "read")
	strong, err := chromedp.Run(tab, chromedp.Evaluate[string](bubble+`.querySelector("strong").textContent`))
	require.NoError(t, err)
	require.Equal(t, "481920", strong)

	// Copy code works, by mouse and by keyboard.
	click(t, tab, "#phone-12025550143 .copy")
	until(t, tab, `document.getElementById("announce").textContent === "Code copied"`)
	clip, err := chromedp.Run(tab, chromedp.Evaluate[string](`navigator.clipboard.readText()`, chromedp.EvalAwaitPromise))
	require.NoError(t, err)
	require.Equal(t, "481920", clip)

	// Going offline holds messages back, going online brings them.
	click(t, tab, "#phone-12025550143 .power")
	until(t, tab, `document.querySelector("#phone-12025550143 .off") !== null`)
	until(t, tab, `document.activeElement.className === "power"`)
	waiting := b.accepted(phone, "660274")
	until(t, tab, fmt.Sprintf(`document.getElementById("m-%s")?.classList.contains("away")`, waiting))
	accessible(t, tab)
	click(t, tab, "#phone-12025550143 .power")
	until(t, tab, fmt.Sprintf(`document.getElementById("m-%s")?.dataset.state === "read"`, waiting))

	// "I didn't request a code" reaches the business.
	click(t, tab, fmt.Sprintf(`[data-message="%s"]`, waiting))
	until(t, tab, fmt.Sprintf(`document.getElementById("m-%s")?.innerText.includes("Reported")`, waiting))
	eventually(t, func() error {
		for _, p := range b.hook.all() {
			if strings.Contains(string(p.body), "DID_NOT_REQUEST_CODE") {
				return nil
			}
		}
		return fmt.Errorf("no webhook yet")
	})

	// A callback that takes nothing is seen on the phone.
	b.hook.setAnswer(func(int) int { return 401 })
	unheard := b.accepted(phone, "118822")
	until(t, tab, fmt.Sprintf(`document.getElementById("m-%s")?.querySelector(".tick.unheard")?.innerText.includes("Your callback answered 401")`, unheard))
	accessible(t, tab)

	// Reset empties the page.
	click(t, tab, "[data-action=reset]")
	until(t, tab, `document.querySelectorAll(".phone").length === 0`)
}

// gallery shows something of everything.
func gallery(b *bench) {
	ctx, c := b.ctx, b.Client()
	require.NoError(b.t, c.SetHandset(ctx, "+447700900123", client.Handset{State: client.NotOnWhatsApp}))
	require.NoError(b.t, c.SetHandset(ctx, "+919876543210", client.Handset{State: client.SwitchedOff}))
	in := func(to, code, language string) {
		a := b.send(set(otp(to, code), "template.language.code", language))
		require.Equal(b.t, 200, a.status, "%s", a.raw)
	}
	in("+919876543210", "918273", "hi")
	in("+5511999888777", "550123", "pt_BR")
	in("+447700900123", "204861", "en_US")
	b.sms(mockmeta.DefaultTwilioAccountSID, mockmeta.DefaultTwilioAuthToken, smsForm("To", "+447700900123", "Body", "Your login code is 204861. It expires in 5 minutes."))
	in("+201000000001", "735102", "ar")
	b.send(set(otp(phone, "481920"), "template.name", "login_code_one_tap"))
	in("+12025550143", "660274", "en_US")
	b.send(set(otp(phone, "660274"), "template.name", "nobody_made_this"))
	b.settled()
}

func TestThePageIsAccessible(t *testing.T) {
	t.Parallel()
	b := start(t)
	gallery(b)
	tab := screen(t, b)
	until(t, tab, `document.querySelectorAll(".phone").length === 5`)
	rtl, err := chromedp.Run(tab, chromedp.Evaluate[string](`document.querySelector("#phone-201000000001 [lang=ar]").dir`))
	require.NoError(t, err)
	require.Equal(t, "rtl", rtl)
	buttons, err := chromedp.Run(tab, chromedp.Evaluate[string](`document.querySelector("#phone-12025550143 .buttons").innerText`))
	require.NoError(t, err)
	require.Equal(t, "Autofill\nCopy code\nI didn't request a code", buttons)
	accessible(t, tab)
	keep(t, tab, "phones")

	require.NoError(t, chromedp.Do(tab, chromedp.EmulateViewport(390, 844)))
	wide, err := chromedp.Run(tab, chromedp.Evaluate[bool](`document.documentElement.scrollWidth > innerWidth`))
	require.NoError(t, err)
	require.False(t, wide, "nothing sticks out of a small screen")
	accessible(t, tab)
	keep(t, tab, "phones-small")
}

func TestTheJournalShowsRequestAnswerAndWebhooks(t *testing.T) {
	t.Parallel()
	b := start(t)
	gallery(b)
	tab := screen(t, b)
	click(t, tab, `a[href="/journal"]`)
	require.NoError(t, chromedp.Do(tab, chromedp.WaitReady(chromedp.CSS("#journal"))))
	until(t, tab, `document.querySelectorAll("#journal > details").length === 8`)
	first, err := chromedp.Run(tab, chromedp.Evaluate[string](`document.querySelector("#journal > details summary").innerText`))
	require.NoError(t, err)
	for _, want := range []string{"404 code 132001", "template name (nobody_made_this) does not exist in en_US"} {
		require.Contains(t, first, want, "what was refused comes first, with code and reason")
	}
	require.NoError(t, chromedp.Do(tab, chromedp.Evaluate[chromedp.Void](`document.querySelector("#journal .message").open = true; document.querySelector("#journal details .hook").open = true; undefined`)))
	text, err := chromedp.Run(tab, chromedp.Evaluate[string](`document.querySelector("#journal .message").innerText`))
	require.NoError(t, err)
	for _, want := range []string{`"messaging_product": "whatsapp"`, `"message_status": "accepted"`, "answered 200", "sha256=", `"statuses"`} {
		require.Contains(t, text, want)
	}
	accessible(t, tab)
	keep(t, tab, "journal")

	// What comes in appears by itself, and what was open stays open.
	b.accepted(phone2, "1")
	until(t, tab, `document.querySelectorAll("#journal > details").length === 9 && document.querySelectorAll("#journal > details[open]").length === 1`)
	require.Equal(t, 400, b.send(otp("home", "1")).status)
	until(t, tab, `document.querySelectorAll("#journal > .call").length === 2`)
}
