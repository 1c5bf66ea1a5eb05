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
	failure.Class, failure.Reason = exchange.ByStatus(got.Status, courier.SMS)
	code, err := strconv.Atoi(string(a.Code))
	if err != nil {
		return failure
	}
	failure.Code = string(a.Code)
	if known, found := lookupTwilio(code); found {
		failure.Class, failure.Reason = known.class, known.reason
		return failure
	}
	failure.Class, failure.Reason = exchange.Refused(got.Status), unknownTwilioCode+failure.Code
	return failure
}

const unknownTwilioCode = "Twilio gave an error code that is not in our table: see twilio.com/docs/api/errors/"

// twilioFault is one row of Twilio's error codes.
type twilioFault struct {
	codes []int
	class courier.Class
	// reason says what is wrong and what to do, for operators.
	reason string
	// source is where the meaning of the codes was read.
	source twilioSource
}

type twilioSource string

// Where the codes come from.
const (
	dictionary twilioSource = "the code's page in Twilio's error dictionary, twilio.com/docs/api/errors, read in 2026"
	retold     twilioSource = "lists of Twilio's users, January to July 2026; the dictionary's page was not read"
)

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
		throttled = courier.ClassThrottled
		recipient = courier.ClassRecipient
		config    = courier.ClassConfig
	)
	return []twilioFault{
		{[]int{20003}, config, "Twilio refuses the credentials: check sms.twilio.account_sid and auth_token", dictionary},
		{[]int{20404}, config, "Twilio does not know the account or the address: check sms.twilio.account_sid and base_url", dictionary},
		{[]int{10001, 30002}, config, "the Twilio account is suspended or closed: see its balance and the letters from Twilio", dictionary},
		{[]int{20429}, throttled, "too many requests at once for this Twilio account", dictionary},

		{[]int{14107, 63017}, throttled, "too many messages in a short time, to one number or in all", dictionary},
		{[]int{21611, 30001}, throttled, "the sender's queue at Twilio is full: use a messaging service with more senders", dictionary},
		{[]int{30022}, throttled, "the carriers' limit of the campaign is reached: ask for a higher one", dictionary},
		{[]int{63038}, config, "the Twilio account's daily number of messages is used up: ask Twilio for more", dictionary},

		{[]int{21211, 21217}, recipient, "Twilio does not take this for a phone number", dictionary},
		{[]int{21635, 30006}, recipient, "the number is a landline or cannot receive SMS", dictionary},
		{[]int{21614}, recipient, "the number cannot receive SMS", dictionary},
		// The dictionary speaks of calls only.
		{[]int{21214}, recipient, "Twilio cannot reach the number", dictionary},
		{[]int{21265, 21266}, recipient, "the number is a short code or our own sender", dictionary},
		{[]int{21408}, recipient, "SMS to this country are switched off: see Messaging Geographic Permissions in Twilio's console", dictionary},
		{[]int{21610}, recipient, "the person has opted out by answering STOP", dictionary},
		{[]int{21612}, recipient, "Twilio cannot reach this number from our sender: see its guidelines for the country", dictionary},
		{[]int{30003}, recipient, "the phone is off or out of reach", dictionary},
		{[]int{30005}, recipient, "the number is unknown or no longer in service", retold},
		{[]int{30004}, recipient, "the message was blocked by the phone or its carrier", dictionary},
		{[]int{30008}, recipient, "the carrier gave no reason for not delivering", retold},
		{[]int{30036}, throttled, "the message waited at Twilio for as long as the code lived: use a messaging service with more senders", dictionary},

		{[]int{21606, 21659, 21660}, config, "the sender cannot send SMS or is not of this account: check sms.twilio.from", dictionary},
		{[]int{21701, 21705}, config, "there is no such messaging service in this account: check it in Twilio's console", dictionary},
		{[]int{21608}, config, "a trial account writes only to numbers that were verified in Twilio's console: upgrade it", dictionary},
		{[]int{21605, 21617, 21658}, config, "the text is too long: shorten sms.texts", dictionary},
		{[]int{30450}, recipient, "Twilio suspects SMS pumping and blocks the number for 15 to 30 minutes; if it lasts, see limits and SMS Pumping Protection in Twilio's console", dictionary},
		{[]int{30453, 30454}, recipient, "Twilio suspects SMS pumping and blocks messages to such numbers: see limits and SMS Pumping Protection in Twilio's console", retold},
		{[]int{30410, 30500}, courier.ClassTransient, "a provider behind Twilio did not answer", retold},
		{[]int{30017}, courier.ClassTransient, "the carrier's network is congested", retold},
		{[]int{30023, 30027}, throttled, "the carriers' limit of the day is reached: ask for a higher one", retold},

		{[]int{30032}, config, "the toll-free sender is not verified: have it verified in Twilio's console", dictionary},
		{[]int{30033, 30035}, config, "the sender's campaign is suspended, or its registration is not finished: see it in Twilio's console", retold},
		{[]int{30018, 30024, 30040}, config, "the carriers want the sender registered before it may send: register it in Twilio's console", retold},
		{[]int{30037}, config, "outbound messages are switched off for this account: ask Twilio", retold},
		{[]int{30038}, config, "the text was filtered because it carries a code: change sms.texts, or ask Twilio", retold},
		{[]int{30010}, config, "the message costs more than the account's maximum price: raise it", retold},
		{[]int{30007}, config, "the message was filtered as spam: register the sender and check sms.texts", dictionary},
		{[]int{30034}, config, "the sender is not registered with the carriers: complete its registration in Twilio's console", retold},
	}
}
