package webhook_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/webhook"
)

func TestRouting(t *testing.T) {
	t.Parallel()
	// About one number a status, an inbound message and a fault, then an update of
	// the account and a status without a number.
	of := func(number string) string {
		return `{"field":"messages","value":{"metadata":{"phone_number_id":"` + number + `"},
			"statuses":[{"id":"wamid.A","status":"sent","timestamp":"1794500001","biz_opaque_callback_data":"x.1"}],
			"messages":[{"type":"button","context":{"id":"wamid.A"},"button":{"payload":"DID_NOT_REQUEST_CODE"}}],
			"errors":[{"code":130429,"title":"t"}]}}`
	}
	body := []byte(`{"object":"whatsapp_business_account","entry":[{"id":"900","time":1794500000,"changes":[` + of("1") + "," + of("2") + `,
		{"field":"account_update","value":{"event":"X"}},
		{"field":"messages","value":{"statuses":[{"id":"wamid.B","status":"sent"}]}}]}]}`)
	all := []webhook.Kind{
		webhook.KindStatus, webhook.KindInbound, webhook.KindFault, webhook.KindStatus, webhook.KindInbound, webhook.KindFault,
		webhook.KindUpdate, webhook.KindStatus,
	}
	foreign := []webhook.Kind{webhook.KindForeign, webhook.KindForeign, webhook.KindForeign}
	second := append(append([]webhook.Kind{}, foreign...), all[3:]...)
	first := append(append(append([]webhook.Kind{}, all[:3]...), foreign...), all[6:]...)
	none := append(append(append([]webhook.Kind{}, foreign...), foreign...), all[6:]...)

	for name, tc := range map[string]struct {
		ours    []string
		account string
		want    []webhook.Kind
	}{
		"none configured": {nil, "", all},
		"the first":       {[]string{"1"}, "", first},
		"the second":      {[]string{"2"}, "", second},
		"both":            {[]string{"2", "1"}, "", all},
		"another":         {[]string{"12"}, "", none},
		"our account":     {[]string{"2", "1"}, "900", all},
		// Numbers are never in two accounts, so they go first.
		"another account": {[]string{"2", "1"}, "901", append(append([]webhook.Kind{}, all[:6]...), foreign[:2]...)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &sink{}
			h := webhook.New(webhook.Config{AppSecrets: []string{secret}, PhoneNumberIDs: tc.ours, AccountID: tc.account}, s.take)
			require.Equal(t, http.StatusOK, post(h, body, sign(secret, body)).Code)
			kinds := make([]webhook.Kind, 0, len(s.events))
			for _, e := range s.events {
				kinds = append(kinds, e.Kind)
				if e.Kind == webhook.KindForeign {
					require.Equal(t, webhook.Event{Kind: e.Kind, Field: e.Field, AccountID: "900", PhoneNumberID: e.PhoneNumberID}, e, "holds more than it should")
					require.NotContains(t, tc.ours, e.PhoneNumberID)
				}
			}
			require.Equal(t, tc.want, kinds)
		})
	}
}

// What Meta does not say is no one else's.
func TestAccountThatMetaLeavesOut(t *testing.T) {
	t.Parallel()
	body := []byte(`{"object":"whatsapp_business_account","entry":[{"changes":[{"field":"account_update","value":{"event":"X"}}]}]}`)
	s := &sink{}
	h := webhook.New(webhook.Config{AppSecrets: []string{secret}, AccountID: "900"}, s.take)
	require.Equal(t, http.StatusOK, post(h, body, sign(secret, body)).Code)
	require.Equal(t, webhook.KindUpdate, s.events[0].Kind)
}

// Bytes are limited, not statuses: Meta says that it sends up to a thousand, and
// promises nothing.
func TestAnyCountOfStatuses(t *testing.T) {
	t.Parallel()
	const n = 20_000
	statuses := make([]string, n)
	for i := range statuses {
		statuses[i] = fmt.Sprintf(`{"id":"wamid.%05d","status":"sent","timestamp":"1794500001000"}`, i)
	}
	body := []byte(`{"object":"whatsapp_business_account","entry":[{"changes":[{"field":"messages","value":{"statuses":[` +
		strings.Join(statuses, ",") + `]}}]}]}`)
	s := &sink{}
	require.Equal(t, http.StatusOK, post(handler(s), body, sign(secret, body)).Code)
	require.Equal(t, 1, s.calls)
	require.Len(t, s.events, n)
	for i, e := range s.events {
		require.Equal(t, fmt.Sprintf("wamid.%05d", i), e.MessageID)
		require.EqualValues(t, 1794500001, e.At.Unix())
	}
}
