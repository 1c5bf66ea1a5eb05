package mockmeta_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

const (
	phonePath   = "/v25.0/" + mockmeta.PhoneNumberID
	accountPath = "/v25.0/" + mockmeta.WABAID
)

// keys replaces every leaf, so that two answers can be compared by shape.
func keys(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for k, inner := range v {
			out[k] = keys(inner)
		}
		return out
	case []any:
		out := []any{}
		for _, inner := range v {
			out = append(out, keys(inner))
		}
		return out
	}
	return fmt.Sprintf("%T", v)
}

func TestThePhoneNumberLooksAsInTheDocuments(t *testing.T) {
	t.Parallel()
	b := start(t)
	require.Equal(t, keys(decode(t, fixture(t, "phone/200-phone-number.json"))), keys(b.graph(http.MethodGet, phonePath, nil).body))
	listed := b.graph(http.MethodGet, accountPath+"/phone_numbers", nil).body
	numbers, _ := listed["data"].([]any)
	require.Len(t, numbers, 2)
	listed["data"] = numbers[:1]
	require.Equal(t, keys(decode(t, fixture(t, "phone/200-phone-numbers.json"))), keys(listed))
	require.Equal(t, keys(decode(t, fixture(t, "phone/200-phone-number-fields.json"))),
		keys(b.graph(http.MethodGet, phonePath+"?fields=status,name_status,quality_rating,throughput,whatsapp_business_manager_messaging_limit,account_mode", nil).body))
	require.Equal(t, keys(decode(t, fixture(t, "phone/200-subscribed-apps.json"))), keys(b.graph(http.MethodGet, accountPath+"/subscribed_apps", nil).body))
	require.Equal(t, keys(decode(t, fixture(t, "phone/200-debug-token.json"))), keys(b.graph(http.MethodGet, "/v25.0/debug_token?input_token="+mockmeta.DefaultAccessToken, nil).body))

	a := b.graph(http.MethodGet, phonePath+"?fields=colour", nil)
	require.Equal(t, []int{400, 100}, []int{a.status, a.code()})
	a = b.graph(http.MethodGet, phonePath+"/colours", nil)
	require.Equal(t, []int{400, 100}, []int{a.status, a.code()})
	require.Equal(t, 200, b.graph(http.MethodGet, accountPath, nil).status)
}

func TestNoWebhooksWhenTheAppIsNotSubscribed(t *testing.T) {
	t.Parallel()
	b := start(t)
	require.Equal(t, 200, b.graph(http.MethodDelete, accountPath+"/subscribed_apps", nil).status)
	require.Empty(t, b.graph(http.MethodGet, accountPath+"/subscribed_apps", nil).body["data"])
	id := b.accepted(phone, "1")
	b.settled()
	require.Equal(t, []string{"sent", "delivered", "read"}, names(b.message(id)), "the message arrives")
	require.Empty(t, b.hook.all(), "but no webhook goes out")
	require.Equal(t, 200, b.graph(http.MethodPost, accountPath+"/subscribed_apps", nil).status)
	b.accepted(phone, "1")
	b.settled()
	require.Len(t, b.hook.all(), 3)
}

func TestCallbacksCanBeOverridden(t *testing.T) {
	t.Parallel()
	b := start(t)
	account, number := newReceiver(t), newReceiver(t)
	override := func(url, token string) map[string]any {
		return map[string]any{"override_callback_uri": url, "verify_token": token}
	}
	a := b.graph(http.MethodPost, accountPath+"/subscribed_apps", override(account.url, "wrong"))
	require.Equal(t, []int{400, 2200}, []int{a.status, a.code()})
	require.Equal(t, 200, b.graph(http.MethodPost, accountPath+"/subscribed_apps", override(account.url, mockmeta.DefaultVerifyToken)).status)
	b.accepted(phone, "1")
	b.settled()
	require.Len(t, account.all(), 3)
	require.Empty(t, b.hook.all())

	require.Equal(t, 200, b.graph(http.MethodPost, phonePath, map[string]any{"webhook_configuration": override(number.url, mockmeta.DefaultVerifyToken)}).status)
	b.accepted(phone, "1")
	b.settled()
	require.Len(t, account.all(), 3)
	require.Len(t, number.all(), 3)
	hooks := b.graph(http.MethodGet, phonePath+"?fields=webhook_configuration", nil).body["webhook_configuration"]
	require.Equal(t, map[string]any{"application": b.hook.url, "whatsapp_business_account": account.url, "phone_number": number.url}, hooks)
}

func TestANumberMustBeRegistered(t *testing.T) {
	t.Parallel()
	b := start(t)
	require.Equal(t, 200, b.graph(http.MethodPost, phonePath+"/deregister", nil).status)
	a := b.send(otp(phone, "1"))
	require.Equal(t, []int{400, 133010}, []int{a.status, a.code()})
	register := decode(t, fixture(t, "phone/register-request.json"))
	require.Equal(t, 100, b.graph(http.MethodPost, phonePath+"/register", map[string]any{"messaging_product": "whatsapp", "pin": "12"}).code())
	require.Equal(t, 200, b.graph(http.MethodPost, phonePath+"/register", register).status)
	require.Equal(t, 200, b.send(otp(phone, "1")).status)
	register["pin"] = "000000"
	require.Equal(t, 133005, b.graph(http.MethodPost, phonePath+"/register", register).code(), "another PIN")
}

func TestGraphErrorsOnDemand(t *testing.T) {
	t.Parallel()
	b := start(t)
	require.NoError(t, b.Client().Plant(b.ctx, client.Fault{Kind: client.GraphError, Code: 80007}))
	require.Equal(t, 200, b.send(otp(phone, "1")).status, "a send is not meant")
	require.Equal(t, 80007, b.graph(http.MethodGet, templatesEdge, nil).code())
	require.Equal(t, 200, b.graph(http.MethodGet, templatesEdge, nil).status)
}

// The proof was made with openssl dgst -sha256 -hmac.
func TestProofOfTheAppSecret(t *testing.T) {
	t.Parallel()
	b := start(t)
	const path = phonePath + "/messages?appsecret_proof="
	require.Equal(t, 200, b.graph(http.MethodPost, path+"0c2242659ad4882b7f3db0856e2456e25e3da524d94d08f892a236f4c16bceb3", otp(phone, "1")).status)
	for _, wrong := range []string{"", "0c22"} {
		a := b.graph(http.MethodPost, path+wrong, otp(phone, "1"))
		require.Equal(t, []int{400, 100}, []int{a.status, a.code()})
		require.Contains(t, string(a.raw), "appsecret_proof")
	}
}

func TestRealTokensAreRefused(t *testing.T) {
	t.Parallel()
	b := start(t)
	const real = "EAAJB0123456789"
	a := b.graphAs(real, http.MethodPost, phonePath+"/messages", otp(phone, "1"))
	require.Equal(t, []int{401, 190}, []int{a.status, a.code()})
	require.Contains(t, string(a.raw), "this is a mock")
	a = b.graphAs("", http.MethodGet, phonePath+"?access_token="+real, nil)
	require.Equal(t, 401, a.status)
	calls, err := b.Client().Calls(b.ctx)
	require.NoError(t, err)
	require.Len(t, calls, 2)
	require.NotContains(t, mustJSON(t, calls), real)
	_, err = mockmeta.Start(mockmeta.Options{AccessToken: real})
	require.ErrorContains(t, err, "never give those to a mock")
	require.NotContains(t, err.Error(), real)
}

func TestLenientTakesUnknownFields(t *testing.T) {
	t.Parallel()
	b := start(t, func(o *mockmeta.Options) { o.Lenient = true })
	require.Equal(t, 200, b.send(set(otp(phone, "1"), "colour", "green")).status)
}
