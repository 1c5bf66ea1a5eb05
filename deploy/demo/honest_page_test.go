package demo

import (
	"context"
	"os"
	"regexp"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// TestThePageTellsWhereToLook plays a person whose code does not come, until the limit.
func TestThePageTellsWhereToLook(t *testing.T) {
	t.Parallel()
	chromium := chromiumPath(t)
	s := raiseForTest(t)
	const clock = `\d?\d:\d\d`

	t.Run("and when the next code is possible", func(t *testing.T) {
		const number = "+14155550125"
		_, err := s.kratos.NewPerson(t.Context(), number, nil)
		require.NoError(t, err)
		page := openBrowser(t, chromium)
		page.askFor(s, number)
		page.say("#where", `^Sent at `+clock+`.*\. Check WhatsApp\. If it is not there, an SMS follows at `+clock)
		page.say("#next", `^You can ask for another code in \d+ s\.$`)
		require.True(t, page.shut(), "no second code before the first could arrive")
		page.accessible()
		page.picture("signin-where.png", "html")

		page.letPauseEnd()
		page.click(".other form:last-child button")
		page.say("#where", `^Sent again by SMS at `+clock+`.*\. Check your SMS\.$`)
		page.letPauseEnd()
		page.click(".other form:last-child button")
		page.say("#next", `^Another code is possible at `+clock+`.*\. The one that you have is good until `+clock)
		page.blockStatus(true)
		page.letPauseEnd()
		require.Eventually(t, page.shut, pageWithin, 50*time.Millisecond, "asking would cost the code that works")
		page.blockStatus(false)
		page.accessible()
		page.picture("signin-limit.png", "html")

		code := awaitMessages(t, s, number, "sms", 2)[1].Code
		page.fill("#code", code)
		page.click("button.main")
		page.see(".done", number)
	})

	t.Run("and that a limit has held the code back", func(t *testing.T) {
		const number = "+14155550126"
		_, err := s.kratos.NewPerson(t.Context(), number, nil)
		require.NoError(t, err)
		page := openBrowser(t, chromium)
		page.askFor(s, number)
		for range 3 {
			page.insist(".other form:first-child button")
			page.say("#where", "^(Sent again|No new code)")
		}
		page.say("#where", `^No new code was sent, .*the code before is no longer valid\. The next one is possible at `+clock)
		require.True(t, page.shut())
	})

	t.Run("as it does without the courier's answers", func(t *testing.T) {
		page := openBrowser(t, chromium)
		page.in(t).withoutScripts()
		page.askFor(s, "+14155550127")
		page.see(".note", "cannot register people by SMS")
		page.click("button.main")
		page.see("#where", "Look at WhatsApp first")
		require.False(t, page.shut())
		page.click(".other form:last-child button")
		page.fill("#code", awaitMessage(t, s, "+14155550127", "sms").Code)
		page.click("button.main")
		page.see(".done", "+14155550127")
	})
}

// TestThePageHelpsToType: numbers as at home, and the code of an SMS.
func TestThePageHelpsToType(t *testing.T) {
	t.Parallel()
	chromium := chromiumPath(t)
	s := raiseForTest(t)

	t.Run("a number without its country", func(t *testing.T) {
		page := openBrowser(t, chromium)
		page.open(s.pageURL)
		page.see("#hint", "As you write it at home")
		page.accessible()
		page.fill("#identifier", "0151 2345")
		page.do("send it", chromedp.Click(chromedp.CSS("button.main")))
		page.see("#number-problem", "no phone number of this country")
		page.do("choose Germany", chromedp.Evaluate[chromedp.Void](`document.querySelector("#country").value = "DE"; document.querySelector("#identifier").value = "0151 23456789"`))
		page.click("button.main")
		page.see("main strong", "+4915123456789")
	})

	t.Run("the code of an SMS", func(t *testing.T) {
		const number = "+14155550128"
		_, err := s.kratos.NewPerson(t.Context(), number, nil)
		require.NoError(t, err)
		tab := openBrowser(t, chromium)
		// A phone of this test's own: it hands over what the test puts into its SMS.
		_, err = chromedp.Call(tab.ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: `
			window.OTPCredential = class {};
			navigator.credentials.get = ({ otp }) => new Promise((got) => { if (otp.transport[0] === "sms") window.sms = (code) => got({ code }); });`})
		require.NoError(t, err)
		tab.askFor(s, number)
		code := awaitMessage(t, s, number, "whatsapp").Code
		tab.do("get an SMS", chromedp.Evaluate[chromedp.Void](`window.sms("`+code+`")`))
		tab.see(".done", number)
	})
}

// askFor asks for a code for a number of an account, or the step before.
func (w window) askFor(s *stage, number string) {
	w.t.Helper()
	w.open(s.pageURL)
	w.fill("#identifier", number)
	w.click("button.main")
}

// letPauseEnd lets what was asked for have been asked a minute before.
func (w window) letPauseEnd() {
	w.t.Helper()
	w.do("let time pass", chromedp.Evaluate[chromedp.Void](`
		for (const key of Object.keys(sessionStorage)) {
			const kept = JSON.parse(sessionStorage.getItem(key));
			kept.at -= 60000;
			sessionStorage.setItem(key, JSON.stringify(kept));
		}`), chromedp.Reload())
	w.see("h1", "Enter your code")
}

// blockStatus keeps the courier's answers from the page, or lets them through again.
func (w window) blockStatus(on bool) {
	w.t.Helper()
	_, err := chromedp.Call(w.ctx, network.SetBlockedURLs, network.SetBlockedURLsParams{
		URLPatterns: []*network.BlockPattern{{URLPattern: "*://*:*/status", Block: on}},
	})
	require.NoError(w.t, err)
}

// shut reports whether no further code can be asked for.
func (w window) shut() bool {
	w.t.Helper()
	shut, err := chromedp.Run(w.ctx, chromedp.Evaluate[bool](`[...document.querySelectorAll(".other button")].every(b => b.disabled)`))
	require.NoError(w.t, err)
	return shut
}

// say waits until an element shows what a pattern says.
func (w window) say(selector, pattern string) {
	w.t.Helper()
	shown := ""
	require.Eventually(w.t, func() bool {
		var err error
		shown, err = chromedp.Run(w.ctx, chromedp.Evaluate[string](`document.querySelector("`+selector+`")?.innerText ?? ""`))
		return err == nil && regexp.MustCompile(pattern).MatchString(shown)
	}, pageWithin, 50*time.Millisecond, "%s does not say %q", selector, pattern)
}

func (w window) withoutScripts() {
	w.t.Helper()
	_, err := chromedp.Call(w.ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	require.NoError(w.t, err)
}

// accessible fails when axe finds a violation.
func (w window) accessible() {
	w.t.Helper()
	axe, err := os.ReadFile("../../mockmeta/judges/node_modules/axe-core/axe.min.js")
	if err != nil {
		require.NotEqual(w.t, "true", os.Getenv("CI"), "CI asks axe: run `make page-tools` first")
		w.t.Log("axe was not asked: `make page-tools` gets it")
		return
	}
	// The page's own policy forbids foreign scripts; the debugger's may run.
	w.do("load axe", chromedp.Evaluate[chromedp.Void](string(axe)+";undefined"))
	found, err := chromedp.Run(w.ctx, chromedp.Evaluate[[]string](
		`axe.run().then(r => r.violations.map(v => v.id + ": " + v.nodes.map(n => n.html.slice(0, 120)).join(" | ")))`, chromedp.EvalAwaitPromise))
	require.NoError(w.t, err)
	require.Empty(w.t, found)
}

// insist presses a button that the page keeps shut, as its form without a script allows.
func (w window) insist(selector string) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.ctx, pageWithin)
	defer cancel()
	_, err := chromedp.RunResponse(ctx, chromedp.Evaluate[chromedp.Void](
		`{ const button = document.querySelector("`+selector+`"); button.disabled = false; button.click(); }`))
	require.NoError(w.t, err, "press %s", selector)
}
