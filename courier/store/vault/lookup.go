package vault

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"strings"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
)

// use is what an HMAC is looked up for. Each has a key of its own, so that the
// same text gives unrelated values in unrelated columns.
type use string

const (
	byPhone      use = "phone"
	byMessage    use = "message"
	byProviderID use = "provider id"
	bySubject    use = "quota subject"
	byFlow       use = "flow"
	byToken      use = "delivery token"
)

// uses are all of them: one that is missing here would have no key.
func uses() []use { return []use{byPhone, byMessage, byProviderID, bySubject, byFlow, byToken} }

// lookupSize is the length of an HMAC, in bytes: 128 bits do not collide by
// chance.
const lookupSize = 16

// PhoneLookup is by what a number is found. Recipients that are no number share one.
func (v *Vault) PhoneLookup(p courier.Phone) []byte { return v.lookup(byPhone, p.E164()) }

// SubjectLookup is by what the events of a quota are found.
func (v *Vault) SubjectLookup(q courier.Quota) []byte { return v.lookup(bySubject, q.Subject) }

// FlowLookup is by what messages of one flow are known, as text; "" without a flow. What
// a page calls a flow may be a secret, or name a person, and is only ever compared.
func (v *Vault) FlowLookup(flow string) string {
	if flow == "" {
		return ""
	}
	return hex.EncodeToString(v.lookup(byFlow, flow))
}

// TokenLookup is by what the delivery of a login page's token is found; nil without one.
func (v *Vault) TokenLookup(t courier.Token) []byte {
	if t.IsZero() {
		return nil
	}
	return v.lookup(byToken, t.Reveal())
}

// MessageLookup is by what a message of Kratos is known again; nil if it has no
// code, or nothing that says for whom it is. Kratos gives its messages neither an
// id nor a time.
func (v *Vault) MessageLookup(d courier.Delivery) []byte {
	recipient := d.To.E164()
	if d.To.IsZero() {
		recipient = d.Identity
	}
	if d.Code.IsZero() || recipient == "" {
		return nil
	}
	return v.lookup(byMessage, d.TemplateType, recipient, d.Code.Reveal())
}

// ProviderLookup is by what a provider's message id is found; nil if there is no
// id, or only the Tail of one.
func (v *Vault) ProviderLookup(provider, id string) []byte {
	if id == "" || strings.HasPrefix(id, ellipsis) {
		return nil
	}
	return v.lookup(byProviderID, provider, id)
}

// lookup returns the HMAC under which parts are found.
func (v *Vault) lookup(u use, parts ...string) []byte {
	mac := hmac.New(sha256.New, v.lookups[u])
	for _, part := range parts {
		// The length in front keeps ("ab","c") apart from ("a","bc").
		mac.Write(binary.BigEndian.AppendUint64(nil, uint64(len(part))))
		mac.Write([]byte(part))
	}
	return mac.Sum(nil)[:lookupSize]
}

// ellipsis marks a provider id of which only the end is left.
const ellipsis = "…"

// Tail returns what may be kept in clear of a provider's message id: its last six
// characters, never more than half. In Meta's ids the number stands in the front
// half, and the last characters are random.
func Tail(id string) string {
	if id == "" || strings.HasPrefix(id, ellipsis) {
		return id
	}
	return ellipsis + strings.ToValidUTF8(id[len(id)-min(6, len(id)/2):], "")
}
