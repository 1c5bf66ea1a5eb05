package courier

import (
	"fmt"
	"slices"
	"strings"
)

// Fault is one thing that this courier does wrong.
type Fault string

// The faults. Each is used where the right behaviour stands.
const (
	noFallback            Fault = "no-fallback"
	fallbackTwice         Fault = "fallback-twice"
	fallbackTwiceLate     Fault = "fallback-twice-late"
	fallbackAfterDelivery Fault = "fallback-after-delivery"
	ignoresFailed         Fault = "ignores-failed"
	sentIsDelivered       Fault = "sent-counts-as-delivered"
	noOverallLimit        Fault = "no-overall-limit"
	retriesPermanent      Fault = "retries-permanent-error"
	retriesForEver        Fault = "retries-for-ever"
	repeatsUnknown        Fault = "repeats-unknown-outcome"
	sendsEveryRetry       Fault = "sends-on-every-kratos-retry"
	answers429            Fault = "answers-429"
	passesOn502           Fault = "passes-on-502"
	retryAfterHeader      Fault = "retry-after-header"
	slowAnswer            Fault = "slow-answer"
	noLimit               Fault = "no-limit"
	limitRacy             Fault = "limit-racy"
	limitLostOnRestart    Fault = "limit-lost-on-restart"
	limitHitsNeighbours   Fault = "limit-hits-neighbours"
	fixedWindow           Fault = "fixed-window"
	budgetStopsWhatsApp   Fault = "budget-stops-whatsapp"
	budgetRacy            Fault = "budget-racy"
	servesRefusedCountry  Fault = "serves-refused-country"
	dropsOn130429         Fault = "drops-on-130429"
	sendsExpiredCode      Fault = "sends-expired-code"
	fallbackAfterExpiry   Fault = "fallback-after-expiry"
	oldSMSAfterResend     Fault = "old-sms-after-resend"
	lateOlderEndsNewer    Fault = "late-older-ends-newer"
	ignoresEvents         Fault = "ignores-events"
	eventsCancelEveryone  Fault = "events-cancel-everyone"
	noSignatureCheck      Fault = "no-signature-check"
	signatureOverParsed   Fault = "signature-over-parsed-json"
	echoWithoutToken      Fault = "echo-without-token"
	unknownStatus404      Fault = "404-for-unknown-status"
	countLimit            Fault = "count-limit-100-statuses"
	answersBeforeDisk     Fault = "200-before-disk"
	stateGoesBack         Fault = "state-goes-back"
	losesEarlyStatus      Fault = "loses-early-status"
	regexpOverText        Fault = "regexp-over-text"
	codeOnlyInBody        Fault = "code-only-in-body"
	toWithoutPlus         Fault = "to-without-plus"
	defaultLanguageOnly   Fault = "default-language-only"
	loginOnly             Fault = "login-only"
	waIDAsKey             Fault = "wa-id-as-key"
	forgetsAbsent         Fault = "forgets-absent"
	noBreaker             Fault = "no-breaker"
	breakerNeverCloses    Fault = "breaker-never-closes"
	notReadyWithoutMeta   Fault = "not-ready-when-meta-is-down"
	languageFaultIsFinal  Fault = "one-language-fault-is-final"
	ignoresChannel        Fault = "ignores-channel"
	losesOnKill           Fault = "loses-on-kill"
	codeInLog             Fault = "code-in-log"
	numberInLog           Fault = "number-in-log"
	codeInFile            Fault = "code-in-file"
	noKeyNeeded           Fault = "no-key-needed"
	adminOnPublic         Fault = "admin-on-public"
	crashOnDeepJSON       Fault = "crash-on-deep-json"
)

// Faults are all of them, in the order in which a delivery meets them.
func Faults() []Fault {
	return []Fault{
		noFallback, fallbackTwice, fallbackTwiceLate, fallbackAfterDelivery, ignoresFailed, sentIsDelivered, noOverallLimit,
		retriesPermanent, retriesForEver, repeatsUnknown, sendsEveryRetry, answers429, passesOn502, retryAfterHeader, slowAnswer,
		noLimit, limitRacy, limitLostOnRestart, limitHitsNeighbours, fixedWindow, budgetStopsWhatsApp, budgetRacy,
		servesRefusedCountry, dropsOn130429, sendsExpiredCode, fallbackAfterExpiry, oldSMSAfterResend, lateOlderEndsNewer,
		ignoresEvents, eventsCancelEveryone, noSignatureCheck, signatureOverParsed, echoWithoutToken, unknownStatus404,
		countLimit, answersBeforeDisk, stateGoesBack, losesEarlyStatus, regexpOverText, codeOnlyInBody, toWithoutPlus,
		defaultLanguageOnly, loginOnly, waIDAsKey, forgetsAbsent, noBreaker, breakerNeverCloses, notReadyWithoutMeta,
		languageFaultIsFinal, ignoresChannel, losesOnKill, codeInLog, numberInLog, codeInFile, noKeyNeeded, adminOnPublic,
		crashOnDeepJSON,
	}
}

// ParseFault finds a fault by its name; "" is none.
func ParseFault(name string) (Fault, error) {
	if f := Fault(name); name == "" || slices.Contains(Faults(), f) {
		return f, nil
	}
	names := make([]string, 0, len(Faults()))
	for _, f := range Faults() {
		names = append(names, string(f))
	}
	return "", fmt.Errorf("there is no fault %q; there are: %s", name, strings.Join(names, ", "))
}
