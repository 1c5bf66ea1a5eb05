package graph_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier/internal/exchange"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/internal/graph"
)

func TestWhatATranslationSays(t *testing.T) {
	t.Parallel()
	one := []graph.App{{Package: "com.example.app", Hash: "K8a/AINcGX7"}}
	for name, c := range map[string]struct {
		components string
		kind       string
		apps       []graph.App
		expiry     int
		security   bool
	}{
		"copy code, as stored": {
			`[{"type":"BODY","add_security_recommendation":true},{"type":"FOOTER","code_expiration_minutes":5},
			  {"type":"BUTTONS","buttons":[{"type":"URL","url":"https://www.whatsapp.com/otp/code/?otp_type=COPY_CODE&code_expiration_minutes=5&code=otp{{1}}"}]}]`,
			"COPY_CODE", nil, 5, true,
		},
		"a footer that says it in words only": {
			`[{"type":"FOOTER","text":"This code expires in 10 minutes."},
			  {"type":"BUTTONS","buttons":[{"type":"URL","url":"https://www.whatsapp.com/otp/code/?otp_type=COPY_CODE&code_expiration_minutes=10&code=otp{{1}}"}]}]`,
			"COPY_CODE", nil, 10, false,
		},
		"zero tap with two apps": {
			`[{"type":"BUTTONS","buttons":[{"type":"URL","url":"https://www.whatsapp.com/otp/code/?otp_type=ZERO_TAP&cta_display_name=Isi+Otomatis&package_name=com.example.app%2Ccom.example.two&signature_hash=K8a%2FAINcGX7%2CU4hoZi+kgMN&code=otp{{1}}"}]}]`,
			"ZERO_TAP",
			[]graph.App{one[0], {Package: "com.example.two", Hash: "U4hoZi+kgMN"}},
			0, false,
		},
		"as created": {
			`[{"type":"buttons","buttons":[{"type":"otp","otp_type":"one_tap","supported_apps":[{"package_name":"com.example.app","signature_hash":"K8a/AINcGX7"}]}]}]`,
			"ONE_TAP", one, 0, false,
		},
		"lists of different lengths": {
			`[{"type":"BUTTONS","buttons":[{"type":"URL","url":"https://www.whatsapp.com/otp/code/?otp_type=ONE_TAP&package_name=a,b&signature_hash=c"}]}]`,
			"ONE_TAP", nil, 0, false,
		},
		"another link":  {`[{"type":"BUTTONS","buttons":[{"type":"URL","url":"https://example.com/{{1}}"}]}]`, "", nil, 0, false},
		"no link":       {`[{"type":"BUTTONS","buttons":[{"type":"URL","url":"://"}]}]`, "", nil, 0, false},
		"no components": {`null`, "", nil, 0, false},
	} {
		var tr graph.Translation
		require.NoError(t, json.Unmarshal([]byte(`{"components":`+c.components+`}`), &tr), name)
		kind, apps := tr.CodeButton()
		require.Equal(t, c.kind, kind, name)
		require.Equal(t, c.apps, apps, name)
		require.Equal(t, c.expiry, tr.ExpiryMinutes(), name)
		require.Equal(t, c.security, tr.SecurityRecommendation(), name)
	}
}

// Meta's filter finds "login_code" also in "login_code_2".
func TestTranslationsAreOfThatNameOnly(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/v25.0/9/message_templates" || r.URL.Query().Get("name") != "login_code" {
			w.WriteHeader(http.StatusTeapot)
		}
		_, _ = w.Write([]byte(`{"data":[{"id":1,"name":"login_code_2","language":"de"},{"id":"2","name":"login_code","language":"en_US"}]}`))
	}))
	t.Cleanup(server.Close)
	list, err := client(server.URL).Translations(t.Context(), "9", "login_code")
	require.NoError(t, err)
	require.Equal(t, []graph.Translation{{ID: "2", Name: "login_code", Language: "en_US"}}, list)
}

func client(base string) graph.Client {
	return graph.New(graph.Config{
		BaseURL: base, APIVersion: "v25.0", AccessToken: "a-token", AppSecret: "an-app-secret", HTTP: exchange.New(exchange.Options{Timeout: 5 * time.Second}),
	})
}

func FuzzTranslation(f *testing.F) {
	f.Add(`[{"type":"BUTTONS","buttons":[{"type":"URL","url":"https://www.whatsapp.com/otp/code/?otp_type=ONE_TAP&package_name=a%2Cb&signature_hash=c%2Cd"}]}]`)
	f.Fuzz(func(t *testing.T, components string) {
		var tr graph.Translation
		if json.Unmarshal([]byte(`{"components":`+components+`}`), &tr) != nil {
			return
		}
		if kind, apps := tr.CodeButton(); kind == "" && apps != nil {
			t.Error("apps of no button")
		}
		tr.ExpiryMinutes()
	})
}
