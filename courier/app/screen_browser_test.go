package app

import (
	"context"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
)

// openScreen opens the page in a browser.
func openScreen(t *testing.T, url string) context.Context {
	t.Helper()
	path := ""
	for _, name := range []string{"google-chrome", "chromium-browser", "chromium"} {
		if found, err := exec.LookPath(name); err == nil {
			path = found
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
	tab, cancel := context.WithTimeout(ctx, 2*time.Minute)
	t.Cleanup(cancel)
	require.NoError(t, chromedp.Do(tab, chromedp.Navigate(url)))
	return tab
}

// pageShows waits until an expression is true in the page.
func pageShows(t *testing.T, tab context.Context, expression string) {
	t.Helper()
	require.Eventually(t, func() bool { return value[bool](t, tab, expression) }, 30*time.Second, 50*time.Millisecond, expression)
}

func value[T any](t *testing.T, tab context.Context, expression string) T {
	t.Helper()
	found, err := chromedp.Run(tab, chromedp.Evaluate[T](expression))
	require.NoError(t, err, expression)
	return found
}

// enter writes into a field and presses the button of its form.
func enter(t *testing.T, tab context.Context, form, field, text string) {
	t.Helper()
	require.NoError(t, chromedp.Do(tab,
		chromedp.SendKeys(chromedp.CSS(field), text), chromedp.Click(chromedp.CSS(form+" button[type=submit]"))))
}

// accessible fails when axe finds a violation.
func accessible(t *testing.T, tab context.Context) {
	t.Helper()
	axe, err := os.ReadFile("../../mockmeta/judges/node_modules/axe-core/axe.min.js")
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

// picture keeps a screenshot when PAGE_SCREENSHOTS names a folder.
func picture(t *testing.T, tab context.Context, name string) {
	t.Helper()
	dir := os.Getenv("PAGE_SCREENSHOTS")
	if dir == "" {
		return
	}
	png, err := chromedp.Run(tab, chromedp.FullScreenshot(100))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, name+".png"), png, 0o600))
}

// wish lets the browser ask for a colour scheme: dark or light.
func wish(t *testing.T, tab context.Context, scheme string) {
	t.Helper()
	_, err := chromedp.Call(tab, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
	})
	require.NoError(t, err)
}

// fits reports whether the page is no wider than its window.
const fits = `document.documentElement.scrollWidth <= innerWidth`

func TestOperatorsWatchThePage(t *testing.T) {
	t.Parallel()
	c := config(t)
	c.Fallback.Mode, c.SMS.Provider = courier.WhatsAppOrSMS, "console"
	c.Limits.PerNumber.Max, c.SMS.MaxPerHour, c.SMS.MaxPerDay = 1, 3, 4
	r := start(t, c)
	private := "http://" + r.Addresses().Private
	post := func(number, more string) string {
		message := strings.Replace(strings.Replace(login, "+12025550143", number, 1), `"template_data":{`, `"template_data":{`+more, 1)
		answer, _ := ask(t, http.MethodPost, private+"/kratos/messages", strings.NewReader(message), "X-API-Key", kratosKey)
		require.Equal(t, http.StatusNoContent, answer.StatusCode)
		return answer.Header.Get("X-Delivery-Id")
	}
	const bySMS = `"transient_payload":{"channel":"sms"},`
	first := post("+12025550143", "")
	post("+12025550143", `"x":1,`) // Kratos repeats itself
	post("+447700900123", bySMS)
	post("+4915123456789", bySMS)

	tab := openScreen(t, private+"/admin/ui")
	pageShows(t, tab, `document.activeElement !== null && !document.getElementById("enter").hidden`)
	accessible(t, tab)
	enter(t, tab, "#enter", "#key", "a-key-that-nobody-has")
	pageShows(t, tab, `document.getElementById("problem").textContent.includes("does not take this key")`)
	accessible(t, tab)
	enter(t, tab, "#enter", "#key", adminKey)
	row := `document.getElementById("d-` + first + `")`
	pageShows(t, tab, row+` !== null`)
	pageShows(t, tab, `document.getElementById("state").textContent === "Live"`)
	require.NoError(t, chromedp.Do(tab, chromedp.Click(chromedp.CSS("#d-"+first+" summary"))))

	// What comes now appears by itself, and what was opened stays open.
	second := post("+5511955555555", "")
	pageShows(t, tab, `document.getElementById("d-`+second+`") !== null && `+row+`.open`)
	pageShows(t, tab, row+`.innerText.includes("WhatsApp by meta: taken")`)
	report(t, r, first, "delivered")
	report(t, r, second, "failed") // then it goes by SMS, which spends the budget
	pageShows(t, tab, `document.getElementById("d-`+second+`").innerText.includes("WhatsApp, then SMS")`)
	third := post("+33612345678", "")
	pageShows(t, tab, `document.getElementById("d-`+third+`")?.querySelector(".state").textContent === "sent"`)
	report(t, r, third, "failed")
	pageShows(t, tab, `document.getElementById("d-`+third+`").className === "bad"`)
	pageShows(t, tab, row+`.open && `+row+`.innerText.includes("WhatsApp by meta: delivered")`)
	pageShows(t, tab, `document.getElementById("limits").innerText.includes("3 of 3")`)
	pageShows(t, tab, `document.querySelector("#funnel td").textContent === "5"`)
	pageShows(t, tab, `document.getElementById("health").innerText.includes("sms_budget is degraded")`)
	accessible(t, tab)
	wish(t, tab, "dark")
	accessible(t, tab)
	picture(t, tab, "screen-dark")
	wish(t, tab, "light")
	require.True(t, value[bool](t, tab, fits))
	picture(t, tab, "screen")
	require.NoError(t, chromedp.Do(tab, chromedp.EmulateViewport(390, 844)))
	pageShows(t, tab, fits)
	picture(t, tab, "screen-small")
	accessible(t, tab)

	// A number is searched for without standing in any address.
	enter(t, tab, "#search", "#phone", "+447700900123")
	pageShows(t, tab, `document.querySelectorAll("#deliveries details").length === 1 && document.getElementById("limits").innerText.includes("Codes for this number")`)
	require.Equal(t, private+"/admin/ui", value[string](t, tab, `location.href`))
	require.NoError(t, chromedp.Do(tab, chromedp.Click(chromedp.CSS("#everyone"))))
	pageShows(t, tab, `document.querySelectorAll("#deliveries details").length >= 4`)
	enter(t, tab, "#search", "#phone", "no number")
	pageShows(t, tab, `document.getElementById("search-problem").textContent.includes("not a phone number")`)
	pageShows(t, tab, `document.querySelectorAll("#deliveries details").length >= 4`)

	text := value[string](t, tab, `document.documentElement.outerHTML`)
	for _, secret := range []string{adminKey, "2025550143", "7700900123", "135790"} {
		require.NotContains(t, text, secret)
	}
	require.True(t, value[bool](t, tab, `localStorage.length + sessionStorage.length + document.cookie.length === 0`))
	require.NoError(t, chromedp.Do(tab, chromedp.Click(chromedp.CSS("#leave"))))
	pageShows(t, tab, `document.getElementById("screen").hidden && document.getElementById("deliveries").childElementCount === 0`)
	require.NoError(t, chromedp.Do(tab, chromedp.Reload()))
	pageShows(t, tab, `document.getElementById("screen").hidden && !document.getElementById("enter").hidden`)
}
