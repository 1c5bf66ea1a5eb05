package doctor

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// fakeService is a courier in which all is well until a test changes an answer.
type fakeService struct {
	status  int
	answers map[string]any
	key     string
}

func newFakeService() *fakeService {
	return &fakeService{status: http.StatusOK, key: "an-admin-key", answers: map[string]any{
		"/health/ready": object{"status": "ok"},
		"/version":      object{"version": "v1"},
		"/admin/status": object{
			"degraded": []object{}, "backlog": object{"live": 2, "oldest_due": nil}, "last_report": today().Add(-time.Minute),
			"replicas": []object{{"version": "v1"}, {"version": "v1"}},
		},
		"/admin/configuration": object{
			"read_at": today().Add(-time.Hour), "listeners": object{"private": "127.0.0.1:4480", "public": "127.0.0.1:4481"},
			"settings": settingsOf("secrets.lookup", "1", "keep", "2"),
		},
	}}
}

func settingsOf(pairs ...string) map[string]string {
	settings := map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		settings[pairs[i]] = pairs[i+1]
	}
	return settings
}

func (f *fakeService) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	answer, known := f.answers[r.URL.Path]
	switch {
	case r.URL.Path == "/health/ready" && f.status != http.StatusOK:
		w.WriteHeader(f.status)
	case !known:
		w.WriteHeader(http.StatusNotFound)
	case len(r.URL.Path) > 7 && r.URL.Path[:7] == "/admin/" && r.Header.Get("X-API-Key") != f.key:
		w.WriteHeader(http.StatusUnauthorized)
	default:
		_ = json.NewEncoder(w).Encode(answer)
	}
}

func (f *fakeService) set(path, field string, value any) {
	answer, _ := f.answers[path].(object)
	answer[field] = value
}

// served is a service that fits newFakeService.
func served(t *testing.T, f http.Handler) Service {
	t.Helper()
	server := httptest.NewServer(f)
	t.Cleanup(server.Close)
	base, err := url.Parse(server.URL)
	require.NoError(t, err)
	return Service{Base: base, HTTP: server.Client(), AdminKey: "an-admin-key", Version: "v1", Settings: settingsOf("secrets.lookup", "1", "keep", "2")}
}

func TestEachFaultOfARunningCourier(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		plant func(*fakeService, *Service)
		want  []string
	}{
		"all is well":      {func(*fakeService, *Service) {}, nil},
		"no key":           {func(_ *fakeService, s *Service) { s.AdminKey = "" }, nil},
		"not ready":        {func(f *fakeService, _ *Service) { f.status = http.StatusServiceUnavailable }, []string{"error --url"}},
		"no courier":       {func(f *fakeService, _ *Service) { f.status = http.StatusNotFound }, []string{"error --url"}},
		"no version":       {func(f *fakeService, _ *Service) { delete(f.answers, "/version") }, []string{"unknown --url"}},
		"another version":  {func(f *fakeService, _ *Service) { f.set("/version", "version", "v2") }, []string{"warning --url"}},
		"another key":      {func(f *fakeService, _ *Service) { f.key = "another" }, []string{"warning admin.api_keys"}},
		"an older courier": {func(f *fakeService, _ *Service) { delete(f.answers, "/admin/configuration") }, []string{"unknown --url"}},
		"degraded": {func(f *fakeService, _ *Service) {
			f.set("/admin/status", "degraded", []object{{"part": "account", "reason": "the token has expired"}, {"part": "webhooks", "reason": "silent"}})
		}, []string{"warning degraded: account", "warning degraded: webhooks"}},
		"nobody sends": {func(f *fakeService, _ *Service) {
			f.set("/admin/status", "backlog", object{"live": 1, "oldest_due": today().Add(-time.Minute)})
		}, []string{"warning --url"}},
		"busy": {func(f *fakeService, _ *Service) {
			f.set("/admin/status", "backlog", object{"live": 1, "oldest_due": today().Add(-time.Second)})
		}, nil},
		"store not read": {func(f *fakeService, _ *Service) { f.set("/admin/status", "backlog", nil) }, nil},
		"other settings": {func(f *fakeService, s *Service) {
			f.set("/admin/configuration", "settings", settingsOf("secrets.lookup", "1", "keep", "3", "limits.total.max", "4"))
			s.Settings["log.level"] = "5"
		}, []string{"warning keep", "warning limits.total.max", "warning log.level"}},
		"other secrets": {func(f *fakeService, _ *Service) {
			f.set("/admin/configuration", "settings", settingsOf("secrets.lookup", "8", "keep", "9"))
		}, []string{"warning secrets.lookup"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFakeService()
			s := served(t, f)
			s.Settings = maps.Clone(s.Settings)
			c.plant(f, &s)
			var r Report
			s.examine(t.Context(), &r, today)
			require.Equal(t, c.want, told(r.Findings))
			for _, found := range r.Findings {
				require.NotEmpty(t, found.Do)
				require.NotContains(t, found.What, "an-admin-key")
			}
			if c.want == nil && s.AdminKey != "" {
				require.Equal(t, []Fact{{"--url", "version v1 is ready, listens on private 127.0.0.1:4480 and public 127.0.0.1:4481, replicas: 2, " +
					"configuration read at 2026-11-26T11:00:00Z, last report of Meta at 2026-11-26T11:59:00Z"}}, r.Facts)
			}
		})
	}
}

func TestACourierThatDoesNotRun(t *testing.T) {
	t.Parallel()
	s := served(t, newFakeService())
	s.Base = &url.URL{Scheme: "http", Host: "127.0.0.1:1"}
	var r Report
	s.examine(t.Context(), &r, today)
	require.Equal(t, []string{"unknown --url"}, told(r.Findings))
}
