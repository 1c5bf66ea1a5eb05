package selftest

import (
	"strings"
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/target"
)

// Target is the courier with a fault; "" is none. program is where
// selftest-courier is.
func Target(program, fault string) *target.Target {
	const private, header, key = "http://127.0.0.1:{{.Port}}", "X-API-Key", "{{.Key}}"
	return &target.Target{
		Version: 1,
		Name:    "selftest-courier",
		Start: &target.Start{
			Command: []string{
				program,
				"--private=127.0.0.1:{{.Port}}", "--public=127.0.0.1:{{.PublicPort}}", "--kratos-key=" + key,
				"--meta-url={{.GraphURL}}", "--meta-token={{.AccessToken}}", "--phone-number-id={{.PhoneNumberID}}",
				"--app-secret={{.AppSecret}}", "--verify-token={{.VerifyToken}}",
				"--template={{.Template}}", "--languages=en_US,pt_BR,es,de,fr,hi,ar",
				"--sms-url={{.SMSURL}}", "--sms-account={{.TwilioAccountSID}}", "--sms-token={{.TwilioAuthToken}}", "--sms-from=+12025550100",
				"--fallback-after={{.FallbackAfter}}", "--fallback-overall={{.FallbackOverall}}", "--supersede-after={{.SupersedeAfter}}",
				"--window={{.LimitWindow}}", "--max-sms={{.SMSBudget}}", "--refuse={{.RefusedPrefix}}",
				"--probe={{.ProbeEvery}}", "--min-rest={{.MinRest}}",
				"--journal={{.Dir}}/journal", "--fault=" + fault,
			},
			Ready: private + "/health/ready", KeepsState: true,
		},
		Messages: target.Endpoint{URL: private + "/messages", Header: header, Value: key},
		Events:   &target.Endpoint{URL: private + "/events", Header: header, Value: key},
		Webhook:  "http://127.0.0.1:{{.PublicPort}}/webhook",
		Claims: []string{
			"fallback", "webhook", "events", "languages", "channel-choice", "supersede", "absent-memory", "breaker", "limit.number",
			"countries", "sms.budget",
		},
	}
}

// Stating is the courier without a fault that is told no times, has these, and states
// them.
func Stating(program string, times target.Times) *target.Target {
	t := Target(program, "")
	told := strings.NewReplacer(
		"{{.FallbackAfter}}", times.FallbackAfter.String(), "{{.FallbackOverall}}", times.FallbackOverall.String(),
		"{{.SupersedeAfter}}", times.SupersedeAfter.String(), "{{.LimitWindow}}", times.LimitWindow.String(),
		"{{.ProbeEvery}}", times.ProbeEvery.String(),
	)
	for i, arg := range t.Start.Command {
		t.Start.Command[i] = told.Replace(arg)
	}
	t.Times = times
	return t
}

// OwnTimes are times that differ from those that the suite tells.
func OwnTimes() target.Times {
	return target.Times{
		FallbackAfter: 6 * time.Second, FallbackOverall: 8 * time.Second, SupersedeAfter: 2 * time.Second,
		LimitWindow: 4 * time.Second, ProbeEvery: 3 * time.Second,
	}
}

// Waiting are requirements of which the specs wait for each of the times of a target.
func Waiting() []string { return []string{"FBK-3", "FBK-12", "RATE-3", "USE-5"} }
