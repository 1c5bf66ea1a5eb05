package selftest

import "github.com/kratos-whatsapp/kratos-whatsapp/conformance/target"

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
