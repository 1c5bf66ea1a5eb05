package signin

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// What the browser asks goes on to the courier, and the session's cookie does not.
func TestThePagePassesOnWhereToLook(t *testing.T) {
	t.Parallel()
	courier := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		_, _ = io.WriteString(w, r.URL.String()+" "+r.Header.Get("X-Delivery-Token")+" "+r.Header.Get("Cookie")+r.Header.Get("Authorization")+" "+r.Header.Get("X-Forwarded-For"))
	}))
	t.Cleanup(courier.Close)
	k := httptest.NewServer(answer(http.StatusOK, flowCode))
	t.Cleanup(k.Close)
	p := httptest.NewUnstartedServer(nil)
	self := "http://" + p.Listener.Addr().String()
	p.Config.Handler = New(Config{PageURL: self, KratosURL: k.URL, KratosAdminURL: k.URL, StatusURL: courier.URL + "/status"})
	p.Start()
	t.Cleanup(p.Close)

	req, err := http.NewRequest(http.MethodGet, p.URL+"/status?x=1", nil)
	require.NoError(t, err)
	for name, value := range map[string]string{"X-Delivery-Token": "a-token", "Cookie": "session=1", "Authorization": "secret", "X-Forwarded-For": "192.0.2.1"} {
		req.Header.Set(name, value)
	}
	res, err := p.Client().Do(req)
	require.NoError(t, err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	require.Equal(t, "/status a-token  127.0.0.1", string(body))
	_, page := get(t, p, "/login?flow=flow-1", "")
	require.Contains(t, page, `data-step="code" data-flow="flow-1" data-asks="/status"`)
}

func TestNumbersAsAtHome(t *testing.T) {
	t.Parallel()
	p := page(t, answer(http.StatusUnauthorized, noSession))
	for _, c := range []struct {
		country, typed, want string
	}{
		{"US", "(202) 555-0123", "+12025550123"},
		{"DE", "0151 23456789", "+4915123456789"},
		{"IT", "06 1234 5678", "+390612345678"},
		{"DE", "+1 202 555 0123", "+12025550123"},
		{"DE", "12", ""},
		{"XX", "0151 23456789", ""},
		{"", "", ""},
	} {
		res, err := p.Client().PostForm(p.URL+"/number", url.Values{"country": {c.country}, "number": {c.typed}})
		require.NoError(t, err)
		defer res.Body.Close()
		body, err := io.ReadAll(res.Body)
		require.NoError(t, err)
		if c.want == "" {
			require.Equal(t, http.StatusBadRequest, res.StatusCode, c.typed)
			continue
		}
		require.Equal(t, c.want, string(body))
	}
}

func TestCountriesByTheBrowsersLanguage(t *testing.T) {
	t.Parallel()
	for locale, want := range map[string]string{"pt-BR": "BR", "de": "DE", "en": "US", "": "US"} {
		var chosen []string
		all := countries(locale)
		for _, c := range all {
			require.NotEmpty(t, c.Name)
			require.Positive(t, c.Prefix)
			if c.Chosen {
				chosen = append(chosen, c.Code)
			}
		}
		require.Equal(t, []string{want}, chosen, locale)
		require.Greater(t, len(all), 200)
		require.True(t, strings.HasPrefix(all[0].Name, "A"), "by name")
	}
}
