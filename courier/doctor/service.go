package doctor

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier/internal/secret"
)

// Service is a courier that runs.
type Service struct {
	// Base is the URL of its private listener, and HTTP what gets there.
	Base *url.URL
	HTTP *http.Client
	// AdminKey is one of admin.api_keys; "" when there is none.
	AdminKey secret.Text
	// Version is that of this program.
	Version string
	// Settings are the fingerprints of the configuration, by path, as a courier makes them
	// of its own.
	Settings map[string]string
}

// running is what a courier says of itself.
type running struct {
	status  serviceStatus
	read    time.Time
	private string
	public  string
	// settings are its fingerprints.
	settings map[string]string
}

// serviceStatus is what is looked at of GET /admin/status.
type serviceStatus struct {
	Degraded []struct {
		Part   string `json:"part"`
		Reason string `json:"reason"`
	} `json:"degraded"`
	Backlog *struct {
		OldestDue time.Time `json:"oldest_due"`
	} `json:"backlog"`
	LastReport time.Time `json:"last_report"`
	Replicas   []struct {
		Version string `json:"version"`
	} `json:"replicas"`
}

// examine asks whether it is ready, what is degraded, and whether it goes by this
// configuration.
func (s Service) examine(ctx context.Context, r *Report, now func() time.Time) {
	findings := s.ready(ctx)
	if r.found(findings...); len(findings) > 0 {
		return
	}
	var said struct {
		Version string `json:"version"`
	}
	if _, err := s.get(ctx, &said, "version"); err != nil {
		r.found(Finding{Unknown, "--url", "what answers there does not tell its version", "name the base URL of the private listener itself"})
		return
	}
	r.found(s.sameVersion(said.Version)...)
	if s.AdminKey == "" {
		r.skipped("admin.api_keys", "what the running courier says of itself: without a key there is no operator API")
		return
	}
	answer, refused := s.ask(ctx)
	if r.found(refused...); len(refused) > 0 {
		return
	}
	r.found(answer.status.check(now())...)
	r.found(compareSettings(s.Settings, answer.settings)...)
	r.learned("--url", answer.describe(said.Version))
}

// ready asks for its health.
func (s Service) ready(ctx context.Context) []Finding {
	status, err := s.get(ctx, &struct{}{}, "health", "ready")
	switch {
	case status == 0:
		return []Finding{{Unknown, "--url", fmt.Sprintf("the courier does not answer: %v", err), "start it, or name the base URL of its private listener"}}
	case status == http.StatusServiceUnavailable:
		return []Finding{{Error, "--url", "the courier is not ready: its store cannot be written, or it is stopping", "see its log; until then Kratos keeps the messages"}}
	case status != http.StatusOK:
		return []Finding{{Error, "--url", fmt.Sprintf("what answers there is no courier's private listener: HTTP %d at /health/ready", status), "name the base URL of serve.private"}}
	}
	return nil
}

// ask reads what the operator API has, or says why it cannot be read.
func (s Service) ask(ctx context.Context) (running, []Finding) {
	var answer running
	var configuration struct {
		Read      time.Time `json:"read_at"`
		Listeners struct {
			Private string `json:"private"`
			Public  string `json:"public"`
		} `json:"listeners"`
		Settings map[string]string `json:"settings"`
	}
	status, err := s.get(ctx, &answer.status, "admin", "status")
	if err == nil {
		status, err = s.get(ctx, &configuration, "admin", "configuration")
	}
	switch {
	case status == http.StatusUnauthorized:
		return answer, []Finding{{
			Warning, "admin.api_keys", "the running courier does not take the first of these keys: it goes by another configuration",
			"reload or restart it with this one, or run doctor with the one that it has",
		}}
	case err != nil:
		return answer, []Finding{{Unknown, "--url", fmt.Sprintf("what the running courier says of itself cannot be read: %v", err), "compare its version with that of this program"}}
	}
	answer.read, answer.private, answer.public = configuration.Read, configuration.Listeners.Private, configuration.Listeners.Public
	answer.settings = configuration.Settings
	return answer, nil
}

// maxSaid bounds what is read of an answer, in bytes; a real one has some ten thousand.
const maxSaid = 1 << 20

// get reads an answer. The status is 0 if there was none.
func (s Service) get(ctx context.Context, into any, path ...string) (status int, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.Base.JoinPath(path...).String(), nil)
	if err != nil {
		return 0, err
	}
	if path[0] == "admin" {
		request.Header.Set("X-API-Key", s.AdminKey.Reveal())
	}
	return s.do(request, into)
}

func (s Service) do(request *http.Request, into any) (status int, err error) {
	answer, err := s.HTTP.Do(request)
	if err != nil {
		return 0, err
	}
	defer answer.Body.Close()
	if answer.StatusCode >= http.StatusMultipleChoices {
		return answer.StatusCode, fmt.Errorf("HTTP %d at %s", answer.StatusCode, request.URL.Path)
	}
	return answer.StatusCode, json.NewDecoder(io.LimitReader(answer.Body, maxSaid)).Decode(into)
}

func (s Service) sameVersion(theirs string) []Finding {
	if theirs == s.Version {
		return nil
	}
	return []Finding{{
		Warning, "--url", fmt.Sprintf("the courier runs version %q, this program is %q: they may not mean the same by a setting", theirs, s.Version),
		"run the doctor of the version that runs, or restart the courier with this one",
	}}
}

// waitsTooLong is since when the oldest delivery must be due for a finding: the dispatcher
// looks several times a second.
const waitsTooLong = 30 * time.Second

// check says what is degraded for everyone, and what waits.
func (s serviceStatus) check(now time.Time) []Finding {
	var findings []Finding
	for _, d := range s.Degraded {
		findings = append(findings, Finding{Warning, "degraded: " + d.Part, d.Reason, "do what it says; people go by the other channel meanwhile"})
	}
	if s.Backlog != nil && !s.Backlog.OldestDue.IsZero() && now.Sub(s.Backlog.OldestDue) > waitsTooLong {
		findings = append(findings, Finding{
			Warning, "--url", fmt.Sprintf("a delivery has been due since %s: nobody sends", s.Backlog.OldestDue.UTC().Format(time.RFC3339)),
			"see its log; with `serve webhook`, start a `serve courier` too",
		})
	}
	return findings
}

// compareSettings holds the fingerprints of this configuration against those of the
// running one.
func compareSettings(ours, theirs map[string]string) []Finding {
	const do = "reload or restart the courier, or run doctor with the files and the environment that it was started with"
	if ours["secrets.lookup"] != theirs["secrets.lookup"] {
		return []Finding{{
			Warning, "secrets.lookup", "the running courier has another one, so that no other setting could be compared",
			"run doctor with the configuration that it was started with; a new secrets.lookup takes a restart, and forgets limits and denied numbers",
		}}
	}
	all := maps.Clone(ours)
	maps.Copy(all, theirs)
	var findings []Finding
	for _, path := range slices.Sorted(maps.Keys(all)) {
		our, here := ours[path]
		their, there := theirs[path]
		switch {
		case !here:
			findings = append(findings, Finding{Warning, path, "the running courier has this setting, and this configuration does not", do})
		case !there:
			findings = append(findings, Finding{Warning, path, "the running courier does not have this setting", do})
		case our != their:
			findings = append(findings, Finding{Warning, path, "the running courier has another value", do})
		}
	}
	return findings
}

// describe is the courier in a line.
func (r running) describe(version string) string {
	var parts []string
	for _, l := range []struct{ name, at string }{{"private", r.private}, {"public", r.public}} {
		if l.at != "" {
			parts = append(parts, l.name+" "+l.at)
		}
	}
	report := "no report of Meta yet"
	if !r.status.LastReport.IsZero() {
		report = "last report of Meta at " + r.status.LastReport.UTC().Format(time.RFC3339)
	}
	return fmt.Sprintf("version %s is ready, listens on %s, replicas: %d, configuration read at %s, %s",
		version, strings.Join(parts, " and "), len(r.status.Replicas), r.read.UTC().Format(time.RFC3339), report)
}
