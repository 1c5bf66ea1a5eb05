package world

import (
	"math/rand/v2"
	"slices"
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/internal/meta"
)

// record is a message with what only the mock needs.
type record struct {
	client.Message
	key      string // meta.PhoneKey of the recipient
	waID     string
	identity string // the recipient_identity_key_hash that was asked for
	screen   meta.Screen
	dice     *rand.Rand
	faults   FaultSet
	expires  time.Time
	dropped  bool   // outlived its time to live
	reported bool   // the person said that it was not them
	callback string // where an SMS wants its receipts
	from     string // who sent an SMS
}

// had says whether the message got that far.
func (rec *record) had(status string) bool {
	_, ok := rec.Status(status)
	return ok
}

// copy is the message for others.
func (rec *record) copy() client.Message {
	m := rec.Message
	m.Statuses = append([]client.Status{}, rec.Statuses...)
	m.Webhooks = slices.Clone(rec.Webhooks)
	return m
}
