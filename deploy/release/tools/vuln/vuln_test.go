package vuln

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const messages = `
{"config": {"scan_level": "symbol"}}
{"osv": {"id": "GO-1", "summary": "a parser panics"}}
{"osv": {"id": "GO-2", "summary": "a header is not checked"}}
{"finding": {"osv": "GO-1", "fixed_version": "v1.2.0", "trace": [{"module": "example.com/parser", "version": "v1.1.0"}]}}
{"finding": {"osv": "GO-1", "fixed_version": "v1.2.0", "trace": [{"module": "example.com/parser", "version": "v1.1.0", "package": "p", "function": "Parse"}]}}
{"finding": {"osv": "GO-2", "fixed_version": "v1.26.9", "trace": [{"module": "stdlib", "version": "v1.26.8", "package": "net/http", "function": "Serve"}]}}
{"finding": {"osv": "GO-3", "trace": [{"module": "example.com/old", "version": "v0.1.0", "package": "old"}]}}
`

func TestRead(t *testing.T) {
	t.Parallel()
	parser := Finding{ID: "GO-1", Summary: "a parser panics", Module: "example.com/parser", Found: "v1.1.0", Fixed: "v1.2.0", Verdict: Called}
	old := Finding{ID: "GO-3", Module: "example.com/old", Found: "v0.1.0", Verdict: Present}
	for toolchain, verdict := range map[string]Verdict{
		"go1.26.10": OlderGo, "go1.26.9": OlderGo, "go1.26.8": Called, "go1.26.0": Called, "": Called, "go1.27.0": OlderGo,
	} {
		header := Finding{ID: "GO-2", Summary: "a header is not checked", Module: "stdlib", Found: "v1.26.8", Fixed: "v1.26.9", Verdict: verdict}
		found, err := Read(strings.NewReader(messages), toolchain)
		require.NoError(t, err)
		require.Equal(t, []Finding{parser, header, old}, found, toolchain)
	}
}

// Of a tool, only its packages are looked at.
func TestReadOfATool(t *testing.T) {
	t.Parallel()
	found, err := Read(strings.NewReader(strings.ReplaceAll(messages, `"symbol"`, `"package"`)), "go1.26.9")
	require.NoError(t, err)
	verdicts := map[string]Verdict{}
	for _, f := range found {
		verdicts[f.ID] = f.Verdict
	}
	require.Equal(t, map[string]Verdict{"GO-1": BuiltIn, "GO-2": OlderGo, "GO-3": BuiltIn}, verdicts)
	found, err = Read(strings.NewReader(`{"config": {"scan_level": "package"}}
		{"finding": {"osv": "GO-1", "trace": [{"module": "example.com/parser", "version": "v1.1.0"}]}}`), "")
	require.NoError(t, err)
	require.Equal(t, Present, found[0].Verdict, "the module is there, but not what is vulnerable in it")
}

// What has no fix is a fault whatever Go is asked for.
func TestReadWithoutAFix(t *testing.T) {
	t.Parallel()
	found, err := Read(strings.NewReader(`{"finding": {"osv": "GO-2", "trace": [{"module": "stdlib", "version": "v1.26.8", "function": "Serve"}]}}`), "go1.26.10")
	require.NoError(t, err)
	require.Equal(t, Called, found[0].Verdict)
}

func TestReadRefusesWhatIsNoAnswer(t *testing.T) {
	t.Parallel()
	_, err := Read(strings.NewReader("{"), "")
	require.ErrorContains(t, err, "govulncheck")
}
