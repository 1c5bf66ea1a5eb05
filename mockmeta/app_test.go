package mockmeta_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta"
)

const subscriptionsPath = "/v25.0/" + mockmeta.AppID + "/subscriptions"

func TestTheAppsOwnTokenReadsItsSubscriptions(t *testing.T) {
	t.Parallel()
	b := start(t)
	const own = mockmeta.AppID + "|" + mockmeta.DefaultAppSecret
	a := b.graphAs(own, http.MethodGet, subscriptionsPath, nil)
	require.Equal(t, keys(decode(t, fixture(t, "phone/200-subscriptions.json"))), keys(a.body))
	require.Contains(t, string(a.raw), b.hook.url)
	a = b.graphAs(own, http.MethodGet, "/v25.0/debug_token?input_token="+mockmeta.DefaultAccessToken, nil)
	require.Equal(t, keys(decode(t, fixture(t, "phone/200-debug-token.json"))), keys(a.body))

	a = b.graphAs(own, http.MethodGet, accountPath, nil)
	require.Equal(t, []int{400, 100}, []int{a.status, a.code()}, "it sees nothing of the account")
	a = b.graphAs(own, http.MethodGet, subscriptionsPath+"?appsecret_proof=0c22", nil)
	require.Equal(t, []int{400, 100}, []int{a.status, a.code()})
	a = b.graphAs(mockmeta.AppID+"|another-secret", http.MethodGet, subscriptionsPath, nil)
	require.Equal(t, []int{401, 190}, []int{a.status, a.code()})
	a = b.graph(http.MethodGet, subscriptionsPath, nil)
	require.Equal(t, []int{400, 15}, []int{a.status, a.code()}, "a user's token may not ask")
}

func TestAnAppWithoutCallbackSubscribesToNothing(t *testing.T) {
	t.Parallel()
	mock := mockmeta.New(mockmeta.Options{Calm: true})
	t.Cleanup(mock.Close)
	b := &bench{Server: mock, t: t, ctx: t.Context()}
	a := b.graphAs(mockmeta.AppID+"|"+mockmeta.DefaultAppSecret, http.MethodGet, subscriptionsPath, nil)
	require.Empty(t, a.body["data"])
}
