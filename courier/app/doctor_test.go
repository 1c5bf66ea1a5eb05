package app

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier/doctor"
)

// smsOnly is a configuration that needs no Meta.
const smsOnly = `
secrets: {cipher: ["0123456789012345678901234567890123456789"], lookup: "9876543210987654321098765432109876543210"}
kratos: {api_keys: ["a-key-for-kratos-only"]}
fallback: {mode: sms_only}
sms: {provider: console}
`

// runDoctor runs the command and reads its report.
func runDoctor(t *testing.T, args ...string) (doctor.Report, int) {
	t.Helper()
	var out, said bytes.Buffer
	status := Main(t.Context(), "v1", append([]string{"doctor", "--format", "json"}, args...), &out, &said)
	var report doctor.Report
	require.NoError(t, json.Unmarshal(out.Bytes(), &report), "%s%s", &out, &said)
	return report, status
}

func TestDoctorCommand(t *testing.T) {
	t.Parallel()
	warned := write(t, smsOnly) // its dsn is memory
	good := write(t, smsOnly+"dsn: sqlite://"+t.TempDir()+"/courier.db\n")
	faulty := write(t, smsOnly+"keep: 1s\nlimits: {per_number: {max: 0}}\n")
	for name, c := range map[string]struct {
		args   []string
		status int
		says   string
	}{
		"all good":            {[]string{"--config", good}, 0, "ok  dsn  "},
		"a warning":           {[]string{"--config", warned}, 0, "warning  dsn  memory forgets"},
		"a warning, strictly": {[]string{"--config", warned, "--strict"}, 1, "errors: 0, warnings: 1, not checked: 0"},
		"a faulty setting":    {[]string{"--config", faulty}, 2, "error    keep "},
		"another one":         {[]string{"--config", faulty}, 2, "error    limits.per_number.max "},
		"as JSON":             {[]string{"--config", faulty, "--format", "json"}, 2, `"where": "keep"`},
		"no such file":        {[]string{"--config", "missing.yml"}, 3, "missing.yml"},
		"no such format":      {[]string{"--config", good, "--format", "xml"}, 3, "--format: must be table or json"},
		"no such flag":        {[]string{"--konfig", good}, 3, "unknown flag"},
	} {
		var out bytes.Buffer
		status := Main(t.Context(), "v1", append([]string{"doctor"}, c.args...), &out, &out)
		require.Equal(t, c.status, status, "%s: %s", name, &out)
		require.Contains(t, out.String(), c.says, name)
	}
}

func TestDoctorTellsEveryFaultOfTheConfiguration(t *testing.T) {
	t.Parallel()
	report, status := runDoctor(t, "--config", write(t, "kratos: {api_keys: [short]}\nsms: {provider: console}\n"))
	require.Equal(t, 2, status)
	var where []string
	for _, f := range report.Findings {
		require.Equal(t, doctor.Error, f.Severity)
		require.NotEmpty(t, f.Do)
		where = append(where, f.Where)
	}
	require.Equal(t, []string{
		"kratos.api_keys.0", "secrets", "whatsapp.access_token", "whatsapp.app_secrets", "whatsapp.phone_number_id", "whatsapp.verify_token",
	}, where)
}
