package backfill

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	kratos "github.com/ory/kratos-client-go"
	"github.com/stretchr/testify/require"
)

// fakeKratos has identities whose phone is a login identifier once they are written.
type fakeKratos struct {
	mu         sync.Mutex
	identities []map[string]any
	// answers is the status with which a write of an identity is refused.
	answers map[string]int
	// schemaless: the schema makes no credential.
	schemaless bool
	writes     []string
	// trait is the login identifier; "" is phone.
	trait string
}

func (f *fakeKratos) add(id string, traits any, identifiers ...string) {
	identity := map[string]any{"id": id, "schema_id": "phone", "schema_url": "http://127.0.0.1/schemas/phone", "traits": traits}
	if len(identifiers) > 0 {
		identity["credentials"] = map[string]any{"code": map[string]any{"type": "code", "identifiers": identifiers}}
	}
	f.identities = append(f.identities, identity)
}

func (f *fakeKratos) list(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	from, _ := strconv.Atoi(r.URL.Query().Get("page_token"))
	size, _ := strconv.Atoi(r.URL.Query().Get("page_size"))
	to := min(from+size, len(f.identities))
	if to < len(f.identities) {
		w.Header().Set("Link", fmt.Sprintf(`</admin/identities?page_token=0>; rel="first",</admin/identities?page_size=%d&page_token=%d>; rel="next"`, size, to))
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(f.identities[from:to])
}

func (f *fakeKratos) patch(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	id := r.PathValue("id")
	i := slices.IndexFunc(f.identities, func(identity map[string]any) bool { return identity["id"] == id })
	var patch []any
	_ = json.NewDecoder(r.Body).Decode(&patch)
	f.writes = append(f.writes, fmt.Sprint(id, patch))
	w.Header().Set("Content-Type", "application/json")
	if status := f.answers[id]; status != 0 {
		w.WriteHeader(status)
		_, _ = fmt.Fprint(w, `{"error":{"reason":"+12025550199 is taken"}}`)
		return
	}
	if !f.schemaless {
		f.identities[i]["credentials"] = map[string]any{"code": map[string]any{"type": "code", "identifiers": []any{at(f.identities[i]["traits"], strings.Split(cmp.Or(f.trait, "phone"), "."))}}}
	}
	_ = json.NewEncoder(w).Encode(f.identities[i])
}

func (f *fakeKratos) client(t *testing.T) *kratos.APIClient {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /admin/identities", f.list)
	mux.HandleFunc("PATCH /admin/identities/{id}", f.patch)
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	c := kratos.NewConfiguration()
	c.Servers = kratos.ServerConfigurations{{URL: server.URL}}
	return kratos.NewAPIClient(c)
}

func phone(number string) any { return map[string]any{"phone": number} }

// people are identities of every kind; three lack a credential.
func people() *fakeKratos {
	f := &fakeKratos{answers: map[string]int{}}
	f.add("missing", phone("+12025550143"))
	f.add("has it", phone("+12025550144"), "+12025550144")
	f.add("has it, written with spaces", phone("+1 202 555 0145"), "+12025550145")
	f.add("no phone", map[string]any{"email": "a@example.com"}, "a@example.com")
	f.add("empty phone", phone(""))
	f.add("other phone", phone("+12025550146"), "+12025550147")
	f.add("email only", phone("+12025550148"), "a@example.com")
	return f
}

const all = 1_000_000 // a second

func TestWritesWhatIsMissing(t *testing.T) {
	t.Parallel()
	f := people()
	report, err := Run(t.Context(), f.client(t), Options{Trait: "phone", Apply: true, Rate: all, PageSize: 2})
	require.NoError(t, err)
	require.Equal(t, Report{Read: 7, WithPhone: 5, Missing: 3, Written: 3, Refused: []Refusal{}}, report)
	require.Equal(t, []string{
		"missing[]",
		"other phone[]",
		"email only[]",
	}, f.writes)

	report, err = Run(t.Context(), f.client(t), Options{Trait: "phone", Apply: true, Rate: all})
	require.NoError(t, err)
	require.Zero(t, report.Missing, "a second run has nothing to do")
}

func TestDryRunWritesNothing(t *testing.T) {
	t.Parallel()
	f, told := people(), 0
	report, err := Run(t.Context(), f.client(t), Options{Trait: "phone", Progress: func(Report) { told++ }})
	require.NoError(t, err)
	require.Equal(t, 3, report.Missing)
	require.Zero(t, report.Written)
	require.Empty(t, f.writes)
	require.Equal(t, 7, told)
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	f := people()
	f.answers = map[string]int{"missing": http.StatusConflict, "other phone": http.StatusBadRequest, "email only": http.StatusNotFound}
	report, err := Run(t.Context(), f.client(t), Options{Trait: "phone", Apply: true, Rate: all})
	require.NoError(t, err)
	require.Equal(t, []Refusal{
		{"missing", http.StatusConflict, "another identity has this number"},
		{"other phone", http.StatusBadRequest, "the schema does not take the traits"},
	}, report.Refused, "one that was deleted meanwhile is none")
	require.Zero(t, report.Written)
}

// What stops a run names where to go on, and no number.
func TestStops(t *testing.T) {
	t.Parallel()
	for status, says := range map[int]string{
		http.StatusUnauthorized: "KRATOS_ADMIN_TOKEN", http.StatusInternalServerError: "Kratos answered 500",
	} {
		f := people()
		f.answers["other phone"] = status
		report, err := Run(t.Context(), f.client(t), Options{Trait: "phone", Apply: true, Rate: all, PageSize: 2})
		require.ErrorContains(t, err, says)
		require.NotContains(t, err.Error(), "2025550")
		require.Equal(t, "4", report.PageToken)
		require.Equal(t, 1, report.Written)

		delete(f.answers, "other phone")
		report, err = Run(t.Context(), f.client(t), Options{Trait: "phone", Apply: true, Rate: all, PageSize: 2, PageToken: report.PageToken})
		require.NoError(t, err)
		require.Equal(t, 3, report.Read)
		require.Equal(t, 2, report.Written)
	}
}

func TestSchemaWithoutTheCredential(t *testing.T) {
	t.Parallel()
	f := people()
	f.schemaless = true
	_, err := Run(t.Context(), f.client(t), Options{Trait: "phone", Apply: true, Rate: all})
	require.ErrorIs(t, err, ErrSchema)
	require.Len(t, f.writes, 1, "it is no use to go on")
}

func TestTraitsInsideObjects(t *testing.T) {
	t.Parallel()
	f := &fakeKratos{trait: "contact.mobile"}
	f.add("deep", map[string]any{"contact": map[string]any{"mobile": "+12025550143"}})
	f.add("text in its place", map[string]any{"contact": "+12025550144"})
	report, err := Run(t.Context(), f.client(t), Options{Trait: "contact.mobile", Apply: true, Rate: all})
	require.NoError(t, err)
	require.Equal(t, 1, report.Written)
	require.Equal(t, []string{"deep[]"}, f.writes)
}

func TestNoKratos(t *testing.T) {
	t.Parallel()
	c := kratos.NewConfiguration()
	c.Servers = kratos.ServerConfigurations{{URL: "http://127.0.0.1:9"}}
	_, err := Run(t.Context(), kratos.NewAPIClient(c), Options{Trait: "phone"})
	require.ErrorContains(t, err, "read the identities: ")
}
