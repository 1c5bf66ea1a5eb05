package selftest

// Gap is a fault that the suite does not judge rightly yet.
type Gap struct {
	// Fault is its name in the courier.
	Fault string
	// Fails are the requirements that have to fail once it is judged.
	Fails []string
	// Why is what is in the way.
	Why string
}

// What is in the way. Where specs need more than one of these, it is the one that
// is hardest to do without.
const (
	operatorAPI        = "specs of these requirements read the operator API of whatsapp-courier"
	settings           = "specs of these requirements start whatsapp-courier with settings of their own"
	processes          = "specs of these requirements stop, kill or start whatsapp-courier again"
	inside             = "specs of these requirements look into the files and the log of whatsapp-courier"
	budgetUnclaimed    = "sms.budget is not claimed: its specs need settings of whatsapp-courier"
	needsLogin         = "specs of other requirements type in the code of the button, and fail where they are blocked"
	countriesUnclaimed = "countries are not claimed: their specs need settings of whatsapp-courier"
)

// NotYet are the faults that are not tried.
func NotYet() []Gap {
	return []Gap{
		{"no-fallback", []string{"FBK-1", "FBK-2", "FBK-3", "FBK-12", "FBK-14", "FBK-15", "RTY-4"}, operatorAPI},
		{"fallback-twice", []string{"FBK-1", "FBK-2", "FBK-3", "FBK-6"}, operatorAPI},
		{"fallback-twice-late", []string{"FBK-1", "FBK-2", "FBK-3", "FBK-6"}, operatorAPI},
		{"fallback-after-delivery", []string{"FBK-4", "FBK-5", "FBK-8"}, operatorAPI},
		{"ignores-failed", []string{"FBK-2"}, operatorAPI},
		{"sent-counts-as-delivered", []string{"FBK-3"}, operatorAPI},
		{"no-overall-limit", []string{"FBK-3", "RATE-9"}, settings},
		{"retries-permanent-error", []string{"RTY-5"}, operatorAPI},
		{"retries-for-ever", []string{"RTY-4"}, operatorAPI},
		{"repeats-unknown-outcome", []string{"RTY-7", "FBK-13"}, processes},
		{"answers-429", []string{"RTY-8", "RATE-4"}, operatorAPI},
		{"passes-on-502", []string{"RTY-8", "RTY-4", "RTY-5"}, operatorAPI},
		{"retry-after-header", []string{"RTY-8"}, operatorAPI},
		{"slow-answer", []string{"RTY-8"}, operatorAPI},
		{"no-limit", []string{"RATE-1"}, operatorAPI},
		{"limit-racy", []string{"RATE-6"}, operatorAPI},
		{"limit-lost-on-restart", []string{"RATE-5"}, processes},
		{"limit-hits-neighbours", []string{"RATE-2"}, operatorAPI},
		{"fixed-window", []string{"RATE-3"}, settings},
		{"budget-stops-whatsapp", []string{"RATE-8"}, budgetUnclaimed},
		{"budget-racy", []string{"RATE-8"}, budgetUnclaimed},
		{"serves-refused-country", []string{"RATE-7"}, countriesUnclaimed},
		{"drops-on-130429", []string{"RATE-9"}, settings},
		{"sends-expired-code", []string{"EXP-3"}, settings},
		{"fallback-after-expiry", []string{"EXP-4"}, settings},
		{"old-sms-after-resend", []string{"USE-5"}, settings},
		{"late-older-ends-newer", []string{"USE-5"}, settings},
		{"ignores-events", []string{"USE-6"}, operatorAPI},
		{"no-signature-check", []string{"WHK-2", "WHK-3"}, operatorAPI},
		{"signature-over-parsed-json", []string{"WHK-3"}, operatorAPI},
		{"404-for-unknown-status", []string{"WHK-4"}, operatorAPI},
		{"count-limit-100-statuses", []string{"WHK-5"}, operatorAPI},
		{"200-before-disk", []string{"WHK-6"}, processes},
		{"state-goes-back", []string{"FBK-7", "WHK-8"}, operatorAPI},
		{"loses-early-status", []string{"FBK-8"}, operatorAPI},
		{"code-only-in-body", []string{"MSG-1"}, needsLogin},
		{"wa-id-as-key", []string{"MSG-5"}, settings},
		{"forgets-absent", []string{"FBK-14"}, operatorAPI},
		{"no-breaker", []string{"FBK-12"}, settings},
		{"breaker-never-closes", []string{"FBK-12"}, settings},
		{"not-ready-when-meta-is-down", []string{"FBK-12"}, settings},
		{"one-language-fault-is-final", []string{"FBK-15"}, settings},
		{"loses-on-kill", []string{"FBK-13"}, processes},
		{"code-in-log", []string{"SEC-1"}, inside},
		{"number-in-log", []string{"SEC-1"}, inside},
		{"code-in-file", []string{"SEC-2"}, inside},
		{"no-key-needed", []string{"SEC-3"}, settings},
		{"admin-on-public", []string{"SEC-4"}, operatorAPI},
		{"crash-on-deep-json", []string{"SEC-6"}, settings},
	}
}
