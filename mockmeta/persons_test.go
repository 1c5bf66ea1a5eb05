package mockmeta_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

const hiddenDigits = "12025550143" // of phone

// hidden sets up a person whose number Meta does not tell.
func (b *bench) hidden() {
	b.t.Helper()
	require.NoError(b.t, b.Client().SetHandset(b.ctx, phone, client.Handset{Username: "@test.person", NumberHidden: true}))
}

// raised sends an event and returns the webhook that it makes.
func (b *bench) raised(e client.Event) post {
	b.t.Helper()
	before := len(b.hook.all())
	require.NoError(b.t, b.Client().Raise(b.ctx, e))
	eventually(b.t, func() error {
		if len(b.hook.all()) == before {
			return fmt.Errorf("no webhook yet")
		}
		return nil
	})
	return b.hook.all()[before]
}

func TestWhatAPersonWithoutANumberSends(t *testing.T) {
	t.Parallel()
	for name, e := range map[string]client.Event{
		"inbound-text-without-number-2026.json":                 {Kind: client.InboundText, Number: phone},
		"inbound-did-not-request-code-without-number-2026.json": {Kind: client.DidNotRequestCode},
		"system-user-changed-user-id-2026.json":                 {Kind: client.UserChangedNumber, Number: phone, Value: "+12025550199"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := start(t)
			b.hidden()
			if e.Kind == client.DidNotRequestCode {
				e.MessageID = b.accepted(phone, "1")
				b.settled()
			}
			p := b.raised(e)
			require.Equal(t, keys(decode(t, fixture(t, "webhooks/"+name))), keys(decode(t, p.body)))
			text := string(p.body)
			if e.Kind == client.DidNotRequestCode { // our own message's id holds the number
				text = strings.ReplaceAll(text, e.MessageID, "")
			}
			require.NotContains(t, text, hiddenDigits)
		})
	}
	b := start(t)
	b.hidden()
	require.NotContains(t, string(b.raised(client.Event{Kind: client.IdentityChanged, Number: phone}).body), hiddenDigits)
}

func TestStatusesOfMessagesToANumberKeepIt(t *testing.T) {
	t.Parallel()
	b := start(t)
	b.hidden()
	id := b.send(set(otp(phone, "1"), "biz_opaque_callback_data", "d1.1")).wamid()
	b.settled()
	require.Equal(t, []string{"sent", "delivered", "read"}, b.arrived(id))
	posts := b.hook.all()
	require.NotContains(t, string(posts[0].body), "@test.person", "the username is beside delivered and read only")
	require.Equal(t, keys(decode(t, fixture(t, "webhooks/status-delivered-username-2026.json"))), keys(decode(t, posts[1].body)))

	require.NoError(t, b.Client().Plant(b.ctx, client.Fault{Kind: client.Failed, Code: 131049}))
	b.accepted(phone, "2")
	b.settled()
	failed := b.hook.all()[3]
	require.NotContains(t, string(failed.body), "contacts", "a failed status of a message to a number has no user id")
	require.NotContains(t, string(failed.body), "recipient_user_id")
	require.Contains(t, string(failed.body), `"recipient_id":"12025550143"`)
}

func TestUserIDsOfEverybodyInTheNewestShape(t *testing.T) {
	t.Parallel()
	b := start(t, shaped(mockmeta.ShapeV26))
	p := b.raised(client.Event{Kind: client.InboundText, Number: phone})
	require.Contains(t, string(p.body), `"from":"12025550143"`)
	require.Contains(t, string(p.body), `"from_user_id":"US.`)
	require.NotContains(t, string(p.body), "username")
}

// A new number is a new user id, too. Whose number Meta shows, has changed the
// number; of the others only the user id is told.
func TestANewNumberIsToldAsSuchUnlessItIsHidden(t *testing.T) {
	t.Parallel()
	changed := client.Event{Kind: client.UserChangedNumber, Number: phone, Value: "+12025550199"}
	for name, tc := range map[string]struct {
		shape   string
		person  client.Handset
		kind    string
		fields  []string
		missing []string
	}{
		"without user ids":  {mockmeta.ShapeV24, client.Handset{}, "user_changed_number", []string{"wa_id"}, []string{"user_id", "previous_user_id"}},
		"the newest shape":  {mockmeta.ShapeV26, client.Handset{}, "user_changed_number", []string{"wa_id", "user_id", "previous_user_id"}, nil},
		"with a username":   {mockmeta.ShapeV24, client.Handset{Username: "@test.person"}, "user_changed_number", []string{"wa_id", "user_id", "previous_user_id"}, nil},
		"a number not told": {mockmeta.ShapeV24, client.Handset{Username: "@test.person", NumberHidden: true}, "user_changed_user_id", []string{"user_id", "previous_user_id"}, []string{"wa_id"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := start(t, shaped(tc.shape))
			require.NoError(t, b.Client().SetHandset(b.ctx, phone, tc.person))
			var body struct {
				Entry []struct {
					Changes []struct {
						Value struct {
							Messages []struct{ System map[string]string }
						}
					}
				}
			}
			require.NoError(t, json.Unmarshal(b.raised(changed).body, &body))
			system := body.Entry[0].Changes[0].Value.Messages[0].System
			require.Equal(t, tc.kind, system["type"])
			for _, field := range tc.fields {
				require.NotEmpty(t, system[field], field)
			}
			for _, field := range tc.missing {
				require.NotContains(t, system, field)
			}
			if system["user_id"] != "" {
				require.NotEqual(t, system["user_id"], system["previous_user_id"])
			}
		})
	}
}

func TestPeopleThatMetaDoesNotHave(t *testing.T) {
	t.Parallel()
	b := start(t)
	require.ErrorContains(t, b.Client().SetHandset(b.ctx, phone, client.Handset{NumberHidden: true}), "set username as well")
	for _, wrong := range []string{"test", "@ab", "@" + strings.Repeat("x", 36), "@test person", "@12345", "@.test", "@test.", "@te..st", "@"} {
		require.ErrorContains(t, b.Client().SetHandset(b.ctx, phone, client.Handset{Username: wrong}), "username:", wrong)
	}
	a := b.send(map[string]any{"messaging_product": "whatsapp", "recipient": "US.908", "type": "text", "text": map[string]any{"body": "x"}})
	require.Equal(t, http.StatusNotImplemented, a.status, "text to a user id is Meta's alone")
	a = b.send(set(otp(phone, "1"), "recipient", "US.908"))
	require.Equal(t, 200, a.status, "with both, the number is taken")
}
