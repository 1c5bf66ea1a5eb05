package prometheus_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/testkit"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

// within is how long a busy machine may take.
const within = 2 * time.Minute

// start starts a courier, and mockmeta as Meta and as the SMS provider.
func start(t *testing.T) (*testkit.Courier, *testkit.Mock) {
	t.Helper()
	mock, err := testkit.StartMock(t.Context(), testkit.MockOptions{Args: []string{"--calm"}})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, mock.Close(context.WithoutCancel(t.Context()))) })
	public, err := testkit.FreePort()
	require.NoError(t, err)
	courier := startCourier(t, testkit.CourierOptions{MockAPI: mock.APIURL, PublicPort: public, Configure: func(c testkit.Config) {
		c.Set("sms.twilio.callback_url", "http://127.0.0.1:"+strconv.Itoa(public)+"/webhooks/sms/twilio")
		c.Set("limits.total", map[string]any{"max": 1000, "window": "1m"})
	}})
	require.NoError(t, mock.Subscribe(t.Context(), courier.WebhookURL(), testkit.MockVerifyToken))
	return courier, mock
}

func startCourier(t *testing.T, o testkit.CourierOptions) *testkit.Courier {
	t.Helper()
	courier, err := testkit.StartCourier(t.Context(), o)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, courier.Close(context.WithoutCancel(t.Context()))) })
	return courier
}

// live lets a courier see what its metrics count: people, strangers and Meta's moods.
func live(t *testing.T, courier *testkit.Courier, mock *testkit.Mock) {
	t.Helper()
	const person, absent, farmed = "+12025550143", "+15005131026", "+12025550144"
	post := func(path, body, key string) {
		answer, err := testkit.Do(t.Context(), http.MethodPost, courier.PrivateURL+path, body, "X-API-Key", key, "Content-Type", "application/json")
		require.NoError(t, err)
		if key == courier.KratosKey {
			require.Equal(t, http.StatusNoContent, answer.Status, answer.Body)
		}
	}
	for _, to := range []string{person, absent, farmed, farmed, farmed, farmed} {
		post("/kratos/messages", testkit.LoginMessage(to, testkit.RandomCode()), courier.KratosKey)
	}
	post("/kratos/messages", testkit.LoginMessage(person, "123456"), "a wrong key")
	forged, err := testkit.Do(t.Context(), http.MethodPost, courier.WebhookURL(), "{}")
	require.NoError(t, err)
	require.Equal(t, http.StatusUnauthorized, forged.Status)

	messages, err := mock.WaitForMessages(t.Context(), client.Filter{To: person}, 1)
	require.NoError(t, err)
	_, err = mock.WaitForMessages(t.Context(), client.Filter{To: absent, Channel: client.SMS}, 1)
	require.NoError(t, err)
	require.NoError(t, mock.WaitForStatus(t.Context(), messages[0].ID, "delivered"))
	post("/kratos/events", `{"event": "login", "phone": "`+person+`"}`, courier.KratosKey)
	require.NoError(t, mock.Raise(t.Context(), client.Event{Kind: client.DidNotRequestCode, MessageID: messages[0].ID}))
	require.NoError(t, mock.Raise(t.Context(), client.Event{Kind: client.TemplateQuality, Template: testkit.MockTemplate, Language: "en_US", Value: "YELLOW"}))
}

// startSecured starts a courier whose public listener has a certificate, which ends some day.
func startSecured(t *testing.T, mock *testkit.Mock) *testkit.Courier {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	signed, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(t, err)
	private, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	folder := t.TempDir()
	file := func(name, kind string, content []byte) string {
		path := filepath.Join(folder, name)
		require.NoError(t, os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: content}), 0o600))
		return path
	}
	certificate, keyFile := file("cert.pem", "CERTIFICATE", signed), file("key.pem", "PRIVATE KEY", private)
	return startCourier(t, testkit.CourierOptions{MockAPI: mock.APIURL, Configure: func(c testkit.Config) {
		c.Set("serve.public.tls.cert.path", certificate)
		c.Set("serve.public.tls.key.path", keyFile)
	}})
}
