package app

import (
	"bytes"
	"context"
	"maps"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/doctor"
)

// runningConfig is a courier that prints its SMS, and so reaches nobody.
const runningConfig = smsOnly + "dsn: memory\nadmin: {api_keys: [a-key-of-the-operators]}\nserve: {private: {port: 0}, public: {port: 0}}\n"

func startForDoctor(t *testing.T) (r *running, file, url string) {
	t.Helper()
	file = write(t, runningConfig)
	c, err := load(t, file)
	require.NoError(t, err)
	r = startWith(t, c, Options{Version: "v1", Console: &output{}})
	return r, file, "http://" + r.Addresses().Private
}

func TestDoctorComparesItsConfigurationWithTheRunningOne(t *testing.T) {
	t.Parallel()
	_, file, url := startForDoctor(t)
	where := func(r doctor.Report) (found []string) {
		for _, f := range r.Findings {
			if f.Where != "dsn" && f.Where != "sms.provider" {
				found = append(found, f.Where)
			}
			require.NotContains(t, f.What+f.Do, "a-key-of-the-operators")
		}
		return found
	}
	report, status := runDoctor(t, "--config", file, "--url", url)
	require.Zero(t, status)
	require.Empty(t, where(report))
	require.Contains(t, report.Facts[len(report.Facts)-1].What, "version v1 is ready")

	for over, want := range map[string]string{
		"kratos: {api_keys: [another-key-for-kratos]}":                        "kratos.api_keys.0",
		"sms: {texts: {en: \"{{ .Code }}\"}}":                                 "sms.texts.en",
		"secrets: {lookup: \"1234567890123456789012345678901234567890\"}":     "secrets.lookup",
		"admin: {api_keys: [{name: anna, key: a-key-that-it-does-not-have}]}": "admin.api_keys",
	} {
		report, _ = runDoctor(t, "--config", file, "--config", write(t, over), "--url", url)
		require.Equal(t, []string{want}, where(report), over)
	}
}

// Whoever reads the fingerprints learns no value, not even that two are the same.
func TestFingerprintsTellNoValue(t *testing.T) {
	t.Parallel()
	c, err := load(t, write(t, runningConfig+"keep: 720h\nkeep_numbers: 720h\n"))
	require.NoError(t, err)
	made := c.fingerprints()
	require.NotEqual(t, made["keep"], made["keep_numbers"])
	for path, one := range made {
		require.Regexp(t, "^[0-9a-f]{24}$", one, path)
	}
	require.Contains(t, made, "secrets.cipher.0")

	other, err := load(t, write(t, strings.Replace(runningConfig, "9876543210987", "9876543210988", 1)+"keep: 720h\nkeep_numbers: 720h\n"))
	require.NoError(t, err)
	for path, one := range other.fingerprints() {
		require.NotEqual(t, made[path], one, path)
	}
	again, err := load(t, write(t, runningConfig+"keep: 720h\nkeep_numbers: 720h\n"))
	require.NoError(t, err)
	require.True(t, maps.Equal(made, again.fingerprints()))
}

func TestDoctorSendsATestCode(t *testing.T) {
	t.Parallel()
	r, file, url := startForDoctor(t)
	report, status := runDoctor(t, "--config", file, "--url", url, "--send", "+1 202 555 0143")
	require.Zero(t, status)
	require.Contains(t, report.Facts[len(report.Facts)-1].What, "taken by console")
	sent, _ := r.options.Console.(*output)
	require.Regexp(t, `SMS to \+12025550143: .*[0-9]{6}`, sent.String())

	for args, says := range map[string]string{
		"--send +12025550143":             "--send: needs --url",
		"--url " + url + " --send nobody": "--send: must be your own number",
		"--url 127.0.0.1:4480":            "--url: must be the base URL",
	} {
		var said bytes.Buffer
		status := Main(t.Context(), "v1", append([]string{"doctor", "--config", file}, strings.Fields(args)...), &said, &said)
		require.Equal(t, 3, status, args)
		require.Contains(t, said.String(), says)
	}
}

func TestATrialGoesByTheChannelsOfTheModes(t *testing.T) {
	t.Parallel()
	c, err := load(t, write(t, strings.Replace(runningConfig, `{api_keys: ["a-key-for-kratos-only"]}`, `{basic_auth: {username: kratos, password: a-password-of-kratos}}`, 1)))
	require.NoError(t, err)
	made, err := newTrial(c, "+12025550143", doctor.Service{}, &bytes.Buffer{})
	require.NoError(t, err)
	require.Equal(t, []courier.Channel{courier.SMS}, made.Channels)
	request, err := http.NewRequestWithContext(context.Background(), http.MethodPost, "http://127.0.0.1", nil)
	require.NoError(t, err)
	made.Authorize(request)
	user, password, _ := request.BasicAuth()
	require.Equal(t, []string{"kratos", "a-password-of-kratos"}, []string{user, password})
}

func TestWhatHappensIsToldLineByLine(t *testing.T) {
	t.Parallel()
	var said bytes.Buffer
	say := sayLive(&said)
	say(doctor.Progress{Channel: courier.WhatsApp, After: 1500 * time.Millisecond, What: "WhatsApp by meta: taken"})
	say(doctor.Progress{Channel: courier.WhatsApp, After: 2 * time.Second})
	require.Equal(t, "   1.5 s  whatsapp  WhatsApp by meta: taken\n", said.String(), "what is no terminal gets no line that turns")

	file, err := os.Create(write(t, ""))
	require.NoError(t, err)
	t.Cleanup(func() { _ = file.Close() })
	require.False(t, isTerminal(file))
}
