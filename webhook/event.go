package webhook

import (
	"fmt"
	"time"
)

// Kind says what an Event tells about.
type Kind string

// The kinds of events.
const (
	// KindStatus: what became of a message that we sent.
	KindStatus Kind = "status"
	// KindFault: an error of the account or the sending number that belongs to
	// no message.
	KindFault Kind = "fault"
	// KindInbound: a person wrote, pressed a button or changed their number.
	KindInbound Kind = "inbound"
	// KindUpdate: anything else Meta tells about templates, numbers and the
	// account. Field says what.
	KindUpdate Kind = "update"
	// KindForeign: something about a sending number that is not in
	// Config.PhoneNumberIDs, or about another account than Config.AccountID. It
	// holds their ids and nothing else. Many of them and no status mean that our
	// own id is wrong.
	KindForeign Kind = "foreign"
	// KindUnreadable: a part of the body was not of Meta's shape and was left
	// out. Field says where. It is worth counting: Meta may have changed it.
	KindUnreadable Kind = "unreadable"
)

// Event is one thing that Meta tells. Everything but Kind may be empty, because
// Meta promises very little; a status always has MessageID and Status.
//
// From is a phone number, UserID stands for a person, and MessageID contains a
// number in base64. An Event prints no more than its kind and field.
type Event struct {
	Kind Kind
	// Field is the webhook field that was subscribed to, such as "messages" or
	// "account_update"; for KindUnreadable the path of what could not be read.
	Field string
	// AccountID is the WhatsApp Business Account.
	AccountID string
	// PhoneNumberID is our sending number. Updates carry none.
	PhoneNumberID string
	// At is Meta's own time of it, to the second; zero when Meta gave none.
	At time.Time

	// From is the number of the person, for KindInbound: digits, without plus sign.
	// It may be missing, and need not be a number that we know: Meta leaves it out
	// for people with a username whom the business has not been in touch with.
	From string
	// UserID is the business-scoped user id of the person, for KindInbound, such
	// as "US." and up to 128 letters and digits; for a changed number or identity
	// it may be the new one. Older webhooks have none.
	UserID string
	// MessageID is Meta's id of our message; for KindInbound, of the one that
	// the person answered.
	MessageID string
	// Status is "sent", "delivered", "read" or "failed", or a word that Meta
	// adds one day.
	Status string
	// CallbackData is the biz_opaque_callback_data of our request.
	CallbackData string
	// Errors says why a status is "failed", or what a KindFault is about.
	Errors []Error

	// Name tells updates and inbound messages of one field apart:
	//
	//	message_template_status_update  APPROVED, PAUSED, DISABLED, REINSTATED...
	//	message_template_quality_update GREEN, YELLOW, RED or UNKNOWN, as it is now
	//	account_update                  DISABLED_UPDATE, ACCOUNT_RESTRICTION...
	//	phone_number_quality_update     ONBOARDING, THROUGHPUT_UPGRADE...
	//	messages (KindInbound)          DID_NOT_REQUEST_CODE of a pressed button;
	//	                                user_changed_number (also called
	//	                                customer_changed_number),
	//	                                user_changed_user_id and
	//	                                customer_identity_changed from WhatsApp
	//	                                itself; else the type, such as text
	Name string
	// System: WhatsApp itself reports this of the person, who has sent nothing.
	System bool
	// Details are Meta's words that Name needs: why a template's status changed
	// (FIRST_PAUSE, UNPAUSE...), the state of a ban (DISABLE, REINSTATE,
	// SCHEDULE_FOR_DISABLE: a DISABLED_UPDATE may be good news), or what is
	// restricted (RESTRICTED_BIZ_INITIATED_MESSAGING...).
	Details []string
	// Template and Language are of the template that an update is about. Meta
	// writes languages now en_US and now en-US.
	Template string
	Language string
}

// String tells kind and field, and nothing personal.
func (e Event) String() string { return fmt.Sprintf("%s (%s)", e.Kind, e.Field) }

// Format does the same for every verb of package fmt.
func (e Event) Format(w fmt.State, _ rune) { _, _ = fmt.Fprint(w, e.String()) }

// Error is one of Meta's errors. Title and Details are Meta's words and may
// quote a phone number: decide on Code, and do not log them.
type Error struct {
	Code    int
	Title   string
	Details string
}

// String tells the code only.
func (e Error) String() string { return fmt.Sprintf("error %d", e.Code) }

// Format does the same for every verb of package fmt.
func (e Error) Format(w fmt.State, _ rune) { _, _ = fmt.Fprint(w, e.String()) }
