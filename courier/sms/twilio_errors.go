package sms

import (
	"slices"
	"strconv"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/internal/exchange"
)

// failure reads an answer that brought no message id: by Twilio's code if it is
// in the table, else by HTTP status.
func (a twilioAnswer) failure(got exchange.Answer) *courier.DeliveryError {
	failure := &courier.DeliveryError{RetryAfter: exchange.RetryAfter(got.Header)}
	failure.Class, failure.Reason = exchange.ByStatus(got.Status)
	code, err := strconv.Atoi(a.Code.String())
	if err != nil {
		return failure
	}
	failure.Code = a.Code.String()
	if known, found := lookupTwilio(code); found {
		failure.Class, failure.Reason = known.class, known.reason
		return failure
	}
	failure.Reason = "Twilio gave an error code that is not in our table: see twilio.com/docs/api/errors/" + failure.Code
	return failure
}

// twilioFault is one row of Twilio's error codes. The meanings are from Twilio's
// error dictionary, twilio.com/docs/api/errors/<code>, as of April 2026.
type twilioFault struct {
	codes []int
	class courier.Class
	// reason says what is wrong and what to do, for operators.
	reason string
}

func lookupTwilio(code int) (twilioFault, bool) {
	rows := twilioTable()
	i := slices.IndexFunc(rows, func(f twilioFault) bool { return slices.Contains(f.codes, code) })
	if i < 0 {
		return twilioFault{}, false
	}
	return rows[i], true
}

// twilioTable has the codes of the answer to a request, and (from 30001 on) those
// that Twilio gives later. Codes that depend on the recipient are not
// ClassConfig: one person could make a whole deployment look broken.
func twilioTable() []twilioFault {
	const (
		transient = courier.ClassTransient
		throttled = courier.ClassThrottled
		recipient = courier.ClassRecipient
		config    = courier.ClassConfig
	)
	return []twilioFault{
		{[]int{20003}, config, "Twilio refuses the credentials: check sms.twilio.account_sid and auth_token"},
		{[]int{20404}, config, "Twilio does not know the account or the address: check sms.twilio.account_sid and base_url"},
		{[]int{10001, 20005, 30002}, config, "the Twilio account is suspended or closed: see its balance and messages from Twilio"},
		{[]int{20429}, throttled, "too many requests at once for this Twilio account"},
		{[]int{20500, 20503}, transient, "Twilio has a passing problem: see status.twilio.com if it lasts"},

		{[]int{14107, 63017}, throttled, "too many messages in a short time, to one number or in all"},
		{[]int{21611, 30001}, throttled, "the sender's queue at Twilio is full: use a messaging service with more senders"},
		{[]int{30022}, throttled, "the carriers' limit of the campaign is reached: ask for a higher one"},
		{[]int{63038}, config, "the Twilio account's daily number of messages is used up: ask Twilio for more"},

		{[]int{21211, 21217}, recipient, "Twilio does not take this for a phone number"},
		{[]int{21214, 21614, 21635, 30006}, recipient, "the number cannot receive SMS, or is a landline"},
		{[]int{21265, 21266}, recipient, "the number is a short code or our own sender"},
		{[]int{21408}, recipient, "SMS to this country are switched off: see Messaging Geographic Permissions in Twilio's console"},
		{[]int{21610}, recipient, "the person has opted out by answering STOP"},
		{[]int{21612}, recipient, "Twilio cannot reach this number from our sender: see its guidelines for the country"},
		{[]int{30003, 30005}, recipient, "the phone is off, out of reach or unknown"},
		{[]int{30004}, recipient, "the message was blocked by the phone or its carrier"},
		{[]int{30008}, recipient, "the carrier gave no reason for not delivering"},

		{[]int{21212, 21603, 21606, 21659, 21660}, config, "the sender cannot send SMS or is not of this account: check sms.twilio.from"},
		{[]int{21701, 21702, 21703}, config, "the messaging service is missing or has no usable sender: see it in Twilio's console"},
		{[]int{21608}, config, "a trial account writes only to numbers that were verified in Twilio's console: upgrade it"},
		{[]int{21602, 21604}, config, "Twilio misses a part of our request: report it as a fault of this program"},
		{[]int{21605, 21617, 21658}, config, "the text is too long: shorten sms.texts"},
		{[]int{30007}, config, "a carrier filtered the message as spam: register the sender and check sms.texts"},
		{[]int{30032, 30034}, config, "the sender is not registered with the carriers: complete its registration in Twilio's console"},
	}
}
