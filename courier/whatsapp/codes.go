package whatsapp

import (
	"slices"
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
)

// fault is one row of the table of error codes.
type fault struct {
	codes []int
	class courier.Class
	// reason says what is wrong and what to do, for operators.
	reason string
	// wait is how long Meta wants us to wait where its documents say so.
	wait time.Duration
	// source is where the meaning of the code was read.
	source source
}

type source string

// Where the codes come from.
const (
	errorPage   source = "Meta, Cloud API error codes, 14 November 2025"
	openAPI     source = "Meta, OpenAPI document v23.0, 21 October 2025"
	statusPage  source = "Meta, status webhook reference, 13 November 2025"
	numbersPage source = "Meta, business phone numbers, 27 February 2026"
	graphPage   source = "Meta, Graph API error handling, November 2026"
	changelog   source = "Meta, Graph API changelog v23.0, 29 May 2025"
	limitsPage  source = "Meta, rate limits of the platform, 5 December 2025"
	pywa        source = "github.com/david-lev/pywa 0bcf2f1, error classes"
	reports     source = "reports of users; not in Meta's list"
)

// apiPermission stands for the codes 200 to 299, which all mean the same.
const apiPermission = 200

// lookup finds the row of a code.
func lookup(code int) (fault, bool) {
	if code >= apiPermission && code < apiPermission+100 {
		code = apiPermission
	}
	rows := table()
	i := slices.IndexFunc(rows, func(f fault) bool { return slices.Contains(f.codes, code) })
	if i < 0 {
		return fault{}, false
	}
	return rows[i], true
}

// Reasons that several rows share.
const (
	badToken    = "Meta refuses the access token or its permissions: make a new system user token with whatsapp_business_messaging and set whatsapp.access_token"
	badRequest  = "Meta refuses the shape of our request: check whatsapp.template and whatsapp.api_version, then report it as a fault of this program"
	badTemplate = "the template on Meta's side does not fit: it must be an authentication template with one code and a copy-code or autofill button"
	notOurs     = "an error that authentication templates cannot cause: check that whatsapp.template.name is one, then report it as a fault of this program"
	callLimit   = "the app or account has used up its calls: fewer programs may share it, or ask Meta for more"
	unwell      = "Meta has a passing problem: see metastatus.com if it lasts"
	badNumber   = "the sending number is not registered with the Cloud API: register it, with its two-step PIN"
)

// table is what every code means. A code that depends on the recipient must be
// neither ClassAccount nor ClassTemplate: one person could send all others to the
// other channel. Nor ClassConfig: one person could alarm the operators.
func table() []fault {
	const (
		transient = courier.ClassTransient
		throttled = courier.ClassThrottled
		recipient = courier.ClassRecipient
		account   = courier.ClassAccount
		template  = courier.ClassTemplate
		config    = courier.ClassConfig
	)
	return []fault{
		// Token, permissions and the app.
		{codes: []int{0, 3, 10, 190, 131005}, class: account, reason: badToken, source: errorPage},
		{codes: []int{104}, class: account, reason: badToken, source: openAPI},
		{codes: []int{102}, class: account, reason: badToken, source: graphPage},
		{codes: []int{apiPermission}, class: account, reason: badToken, source: errorPage},
		// A lasting fault by its name, a passing one by experience: the plan's
		// bounded retries find out which.
		{codes: []int{1}, class: transient, reason: "Meta does not know what is wrong: if it lasts, check the request against metastatus.com and whatsapp.api_version", source: errorPage},
		{codes: []int{2, 131000, 131016, 133004}, class: transient, reason: unwell, source: errorPage},
		{codes: []int{131057}, class: transient, reason: "Meta is moving the account, as for a higher throughput, which takes a minute", source: errorPage},

		// Limits. Meta asks to wait 4^n seconds after 131056; n is for the plan to
		// count, and 6 s is the time in which one message a person is free.
		{codes: []int{4, 80007}, class: throttled, reason: callLimit, source: errorPage},
		{codes: []int{341}, class: throttled, reason: callLimit, source: graphPage},
		{codes: []int{17, 613, 80008}, class: throttled, reason: callLimit, source: openAPI},
		{codes: []int{130429}, class: throttled, wait: time.Second, reason: "the sending number's throughput is used up: ask Meta for a higher level if it lasts", source: errorPage},
		{codes: []int{131056}, class: courier.ClassPair, wait: 6 * time.Second, reason: "too many messages to this one person in a short time", source: limitsPage},

		// The account.
		{codes: []int{33}, class: account, reason: "the sending number was deleted: set whatsapp.phone_number_id to another", source: errorPage},
		{codes: []int{803}, class: account, reason: "Meta knows no such id: check whatsapp.phone_number_id", source: openAPI},
		{codes: []int{368, 131031}, class: account, reason: "Meta has blocked the account: see Business Support Home for why", source: errorPage},
		{codes: []int{131037}, class: account, reason: "the sending number's display name is not approved: have it approved in WhatsApp Manager", source: errorPage},
		{codes: []int{131042}, class: account, reason: "the account cannot pay: check its payment method, credit, time zone and currency in Meta's billing settings", source: errorPage},
		{codes: []int{131044}, class: account, reason: "the account has no valid payment method: add one in Meta's billing settings", source: reports},
		{codes: []int{2500}, class: account, reason: "Meta does not know where we ask: check whatsapp.base_url and whatsapp.api_version", source: reports},
		{codes: []int{2635}, class: account, reason: "Meta no longer serves this version of the Graph API: set whatsapp.api_version to a newer one", source: reports},
		{codes: []int{131048}, class: account, reason: "the sending number is limited because people blocked or reported it: see its quality in WhatsApp Manager", source: errorPage},
		{codes: []int{131064}, class: account, reason: "the account is limited because of wrongly classified templates: see WhatsApp Manager", source: pywa},
		{codes: []int{133007}, class: account, reason: "Meta has blocked the sending number's account: see Business Support Home for why", source: reports},
		{codes: []int{131045, 133010}, class: account, reason: badNumber, source: errorPage},
		{codes: []int{133000, 133005, 133006, 133008, 133009, 133015, 133016}, class: account, reason: badNumber, source: errorPage},

		// The template in one language.
		{codes: []int{132001}, class: template, reason: "the template is missing or not approved in this language: compare whatsapp.template with WhatsApp Manager, letter by letter", source: errorPage},
		{codes: []int{132000, 132005, 132007, 132012}, class: template, reason: badTemplate, source: errorPage},
		{codes: []int{132008}, class: template, reason: badTemplate, source: pywa},
		{codes: []int{132015}, class: template, reason: "Meta has paused the template because of its low quality: see WhatsApp Manager for how long", source: errorPage},
		{codes: []int{132016}, class: template, reason: "Meta has disabled the template for good: make a new one and set whatsapp.template.name", source: errorPage},
		{codes: []int{131058}, class: template, reason: "hello_world is Meta's sample and goes from test numbers only: set whatsapp.template.name to an authentication template of your own", source: reports},

		// The request.
		{codes: []int{100, 131008, 131009, 131051, 135000}, class: config, reason: badRequest, source: errorPage},
		// Not ClassTemplate as 132012: it is about the value, which differs from message
		// to message.
		{codes: []int{132018}, class: config, reason: "Meta refuses the code as a parameter of the template: it takes at most 15 characters, and neither URLs nor emoji", source: changelog},
		{codes: []int{131062}, class: config, reason: badRequest, source: pywa},
		{codes: []int{2388019, 2388040, 2388047, 2388072, 2388073, 2388293, 2388299}, class: config, reason: "an error of template management: see WhatsApp Manager", source: errorPage},
		{codes: []int{131047, 131050, 131052, 131053, 131055, 132068, 132069, 134011, 134100, 134101, 134102}, class: config, reason: notOurs, source: errorPage},
		{codes: []int{131063}, class: config, reason: notOurs, source: pywa},

		// The person. Only 131026 says that they are not on WhatsApp at all.
		{codes: []int{131026}, class: courier.ClassAbsent, reason: "the number is not on WhatsApp, or its WhatsApp is too old or its terms are not accepted", source: errorPage},
		{codes: []int{131021}, class: recipient, reason: "the number is the sending number itself", source: errorPage},
		{codes: []int{131030}, class: recipient, reason: "a test number writes only to the five numbers on its list: add the number there, or use a real sending number", source: reports},
		{codes: []int{130472}, class: recipient, reason: "Meta withholds this message: the number is in an experiment of Meta", source: pywa},
		{codes: []int{131049}, class: recipient, reason: "Meta withholds this message from this person", source: statusPage},
		{codes: []int{131043}, class: recipient, reason: "the message expired before it could be delivered", source: reports},
		{codes: []int{130497}, class: recipient, reason: "the account may not write to this country: set it to sms_only in fallback.countries, or see Meta's country restrictions", source: errorPage},
		// The number belongs to someone else than when it was last trusted. An SMS
		// would reach the same stranger.
		{codes: []int{137000}, class: courier.ClassFinal, reason: "the WhatsApp identity behind the number has changed, so the code is sent nowhere: make sure whose number it is", source: numbersPage},
	}
}
