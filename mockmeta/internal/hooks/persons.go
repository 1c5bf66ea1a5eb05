package hooks

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/internal/meta"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/internal/world"
)

// How webhooks name people (Meta, "Business-scoped user IDs", 2026). A status
// of a message to a number always has the number. What a person sends has it
// unless they have a username and Meta hides it: then the business-scoped
// user id stands alone.

const personName = "Test Person"

// userID is the business-scoped user id of a phone, made up so that the number
// is not in it.
func userID(key string) string {
	sum := sha256.Sum256([]byte("user id of " + key))
	return fmt.Sprintf("US.%020d", binary.BigEndian.Uint64(sum[:8]))
}

// person is how Meta names the one that a webhook is about; empty fields are left
// out.
type person struct {
	number, userID, username string
}

// contact is the person beside a status or a message.
func (p person) contact() hookContact {
	return hookContact{Profile: hookProfile{Name: personName, Username: p.username}, WaID: p.number, UserID: p.userID}
}

// withUserIDs says whether webhooks about the phone carry user ids: those of
// the newest shape, and all about people with a username.
func withUserIDs(shape string, phone client.Handset) bool {
	return shape == ShapeV26 || phone.Username != ""
}

// recipientOf names whom a status is about. A failed one has no user id, since
// we send to numbers; the username is beside delivered and read only.
func recipientOf(shape string, to world.Person, status string) person {
	p := person{number: to.WaID}
	if status == meta.StatusFailed || !withUserIDs(shape, to.Handset) {
		return p
	}
	p.userID = userID(to.Key)
	if status == meta.StatusDelivered || status == meta.StatusRead {
		p.username = to.Handset.Username
	}
	return p
}

// authorOf names who sent a message.
func authorOf(shape string, from world.Person) person {
	p := person{number: from.WaID, username: from.Handset.Username}
	if withUserIDs(shape, from.Handset) {
		p.userID = userID(from.Key)
	}
	if from.Handset.NumberHidden {
		p.number = ""
	}
	return p
}

// numberChanged is the system message about a person with a new number, and so
// with a new user id. It is about the user id alone when Meta hides the
// number (Meta's changelog, 11 August 2026).
func numberChanged(author, fresh person) map[string]any {
	kind, before, after := "user_changed_number", author.number, fresh.number
	system := map[string]any{}
	if author.userID != "" {
		system["user_id"], system["previous_user_id"] = fresh.userID, author.userID
	}
	if author.number != "" {
		system["wa_id"] = fresh.number
	} else {
		kind, before, after = "user_changed_user_id", author.userID, fresh.userID
	}
	system["type"], system["body"] = kind, "User "+personName+" changed from "+before+" to "+after
	return system
}

// identityChanged is the system message about a person with a new identity.
func identityChanged(author person, hash string) map[string]any {
	system := map[string]any{"type": "customer_identity_changed", "identity": hash, "body": "Identity of " + personName + " changed"}
	if author.number != "" {
		system["wa_id"], system["customer"] = author.number, author.number
	}
	if author.userID != "" {
		system["user_id"] = author.userID
	}
	return system
}
