// Package deploy_test reads GUIDE.md as a newcomer does, and runs its commands in the order
// of the page: against real Kratos, with mockmeta as Meta and as the SMS provider.
package deploy_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/testkit"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

// block is a fenced block of the page.
type block struct{ language, text string }

func guide(t *testing.T) (page string, blocks []block) {
	t.Helper()
	text, err := os.ReadFile("GUIDE.md")
	require.NoError(t, err)
	for _, found := range regexp.MustCompile("(?ms)^( *)```([a-z]*)\n(.*?)^ *```$").FindAllStringSubmatch(string(text), -1) {
		blocks = append(blocks, block{found[2], strings.ReplaceAll("\n"+found[3], "\n"+found[1], "\n")[1:]})
	}
	require.NotEmpty(t, blocks)
	return string(text), blocks
}

// TestGuide runs the page.
func TestGuide(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("only Linux has all of 127.0.0.0/8 as loopback addresses")
	}
	for _, tool := range []string{"bash", "curl", "openssl"} {
		_, err := exec.LookPath(tool)
		if err != nil && os.Getenv("CI") != "true" {
			t.Skipf("%s is missing", tool)
		}
		require.NoError(t, err)
	}
	r := newReader(t)
	_, blocks := guide(t)
	ran := 0
	for _, b := range blocks {
		switch {
		case b.language == "yaml":
			r.write(b.text)
		case b.language == "sh" && !strings.HasPrefix(b.text, "# needs "):
			r.run(b.text)
			ran++
		}
	}
	require.Greater(t, ran, 15)

	// What the page says of its steps.
	require.NotRegexp(t, `(?m)^(error|warning|skipped)`, r.said("bin/whatsapp-courier doctor"))
	for _, channel := range []string{"whatsapp", "sms"} {
		require.Regexp(t, `(?m)^ok +--send `+channel+` +on the phone by`, r.said("--send"))
	}
	require.Contains(t, r.said("hub.challenge=42"), "42")
	require.Contains(t, r.said("backfill"), "identities read")
	require.Contains(t, r.said("session_token"), "ory_st_", "the person is logged in")
	require.Contains(t, r.said(`export COURIER_ADMIN_KEY`), "whatsapp", "and the courier knows of it")
	require.Contains(t, r.said("admin/status"), `"deliveries_under_old_keys"`)
	require.Contains(t, r.said("mv /var/lib"), "whatsapp", "the backup has the delivery")
	require.NotContains(t, r.said("mv /var/lib"), "2025550143")
}

// reader does what the page says, with addresses, paths and secrets of this test.
type reader struct {
	t              *testing.T
	folder         string
	address        string // in place of 127.0.0.1, with the page's ports
	mock           *testkit.Mock
	phone          string
	values, output map[string]string
	order          []string
}

func newReader(t *testing.T) *reader {
	t.Helper()
	mock, err := testkit.StartMock(t.Context(), testkit.MockOptions{Args: []string{"--calm"}})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, mock.Close(context.Background())) })
	r := &reader{
		t: t, folder: t.TempDir(), mock: mock, phone: "+12025550143", output: make(map[string]string),
		address: fmt.Sprintf("127.%d.%d.2", 1+rand.IntN(254), rand.IntN(255)),
	}
	r.values = map[string]string{
		"phone number id": testkit.MockPhoneNumberID, "id of the WhatsApp Business Account": testkit.MockWABAID,
		"access token": testkit.MockAccessToken, "app secret": testkit.MockAppSecret, "six digits": "123456",
		"account SID": testkit.MockTwilioAccountSID, "auth token": testkit.MockTwilioAuthToken,
		"your number, such as +12025550143": r.phone,
	}
	require.NoError(t, os.MkdirAll(filepath.Join(r.folder, "state"), 0o700))
	r.program("whatsapp-courier", "COURIER_BIN",
		"SERVE_PRIVATE_HOST="+r.address, "SERVE_PUBLIC_HOST="+r.address, "COURIER_ADMIN_URL=http://"+r.address+":4480",
		"WHATSAPP_BASE_URL="+mock.APIURL, "SMS_TWILIO_BASE_URL="+mock.APIURL)
	r.program("kratos", "KRATOS_BIN")
	// The files that the page copies; Kratos listens where it says.
	require.NoError(t, os.CopyFS(filepath.Join(r.folder, "deploy", "kratos"), os.DirFS("kratos")))
	config := filepath.Join(r.folder, "deploy", "kratos", "kratos.yml")
	text, err := os.ReadFile(config)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(config, []byte(r.local(string(text))), 0o600))
	return r
}

// program puts a program into bin, with settings for this test in its environment.
func (r *reader) program(name, variable string, environment ...string) {
	r.t.Helper()
	real := os.Getenv(variable)
	if real == "" {
		real = filepath.Join("..", "bin", name)
	}
	real, err := filepath.Abs(real)
	require.NoError(r.t, err)
	require.FileExists(r.t, real, "run `make kratos build`, or set %s", variable)
	script := "#!/bin/sh\nexec env " + strings.Join(environment, " ") + " " + real + ` "$@"` + "\n"
	require.NoError(r.t, os.MkdirAll(filepath.Join(r.folder, "bin"), 0o700))
	require.NoError(r.t, os.WriteFile(filepath.Join(r.folder, "bin", name), []byte(script), 0o700))
}

// local is a text of the page with what is here in place of what is there.
func (r *reader) local(text string) string {
	for placeholder, value := range r.values {
		text = strings.ReplaceAll(text, "<"+placeholder+">", value)
	}
	return strings.NewReplacer(
		"https://graph.facebook.com", r.mock.APIURL,
		"https://otp.example.com", "http://"+r.address+":4481",
		"127.0.0.1:", r.address+":", "host: 127.0.0.1", "host: "+r.address,
		"/var/lib/whatsapp-courier", filepath.Join(r.folder, "state"),
	).Replace(text)
}

// write keeps a block of YAML in the file that its first line names.
func (r *reader) write(text string) {
	r.t.Helper()
	name := strings.TrimPrefix(strings.SplitN(text, "\n", 2)[0], "# ")
	require.Regexp(r.t, `^[a-z]+\.yml$`, name, "the first line of a block of YAML names its file")
	text = regexp.MustCompile(`<openssl rand -hex (16|32)>`).ReplaceAllStringFunc(text, func(string) string { return testkit.Secret() })
	require.NotContains(r.t, r.local(text), "<", "a placeholder has no value")
	require.NoError(r.t, os.WriteFile(filepath.Join(r.folder, name), []byte(r.local(text)), 0o600))
}

// run runs a block as the reader's shell does. Variables stay, and so do programs in the
// background.
func (r *reader) run(text string) {
	r.t.Helper()
	if strings.Contains(text, "/subscribed_apps") {
		// What the page has just said is typed into the app's dashboard.
		require.NoError(r.t, r.mock.Subscribe(r.t.Context(), r.local("https://otp.example.com/webhooks/meta"), r.typed("VERIFY_TOKEN")))
	}
	typed := regexp.MustCompile(`read -rs? ([A-Z_]+)`).ReplaceAllStringFunc(r.local(text), func(read string) string {
		name := strings.Fields(read)[2]
		return name + "='" + r.typed(name) + "'"
	})
	require.NotContains(r.t, typed, `"<`, "a placeholder has no value")
	log, err := os.CreateTemp(r.t.TempDir(), "output")
	require.NoError(r.t, err)
	defer log.Close()
	state := filepath.Join(r.folder, "variables")
	script := "set -euo pipefail; set -a; [ ! -e " + state + " ] || . " + state + "; " +
		"trap 'declare -px | grep -v -e BASHOPTS -e SHELLOPTS >" + state + "' EXIT\n" + typed
	ctx, cancel := context.WithTimeout(r.t.Context(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "bash", "-c", script)
	cmd.Dir, cmd.Stdout, cmd.Stderr = r.folder, log, log
	cmd.Env = []string{"PATH=" + filepath.Join(r.folder, "bin") + ":" + os.Getenv("PATH"), "HOME=" + r.folder}
	// What runs in the background goes with the test.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	err = cmd.Run()
	group := cmd.Process.Pid
	r.t.Cleanup(func() { _ = syscall.Kill(-group, syscall.SIGKILL) })
	said, readErr := os.ReadFile(log.Name())
	require.NoError(r.t, readErr)
	require.NoError(r.t, err, "%s\n--- says\n%s", text, said)
	r.output[text] = string(said)
	r.order = append(r.order, text)
}

// typed is what the reader types where a command asks.
func (r *reader) typed(name string) string {
	r.t.Helper()
	switch name {
	case "TOKEN":
		return testkit.MockAccessToken
	case "VERIFY_TOKEN":
		return r.setting(`verify_token: "([^"]+)"`)
	case "COURIER_ADMIN_KEY":
		return r.setting(`admin: \{api_keys: \["([^"]+)"`)
	case "CODE":
		ctx, cancel := context.WithTimeout(r.t.Context(), time.Minute)
		defer cancel()
		messages, err := r.mock.WaitForMessages(ctx, client.Filter{To: r.phone, Channel: "whatsapp"}, 2)
		require.NoError(r.t, err)
		return messages[1].Code // the first is doctor's
	}
	r.t.Fatalf("the page asks for %s, which the test does not know", name)
	return ""
}

func (r *reader) setting(pattern string) string {
	r.t.Helper()
	text, err := os.ReadFile(filepath.Join(r.folder, "courier.yml"))
	require.NoError(r.t, err)
	found := regexp.MustCompile(pattern).FindSubmatch(text)
	require.NotNil(r.t, found, pattern)
	return string(found[1])
}

// said is what the first block with these words printed.
func (r *reader) said(words string) string {
	r.t.Helper()
	for _, text := range r.order {
		if strings.Contains(text, words) {
			return r.output[text]
		}
	}
	r.t.Fatalf("no block has %q", words)
	return ""
}

// TestGuideNamesWhatThereIs: blocks that are run, and settings.
func TestGuideNamesWhatThereIs(t *testing.T) {
	t.Parallel()
	page, blocks := guide(t)
	for _, b := range blocks {
		require.Contains(t, []string{"sh", "yaml", "sql", ""}, b.language)
		if needs, found := strings.CutPrefix(b.text, "# needs "); found {
			require.Regexp(t, `^(Docker|Go 1\.26|root|the containers|a second terminal)`, needs)
		}
	}

	schema, err := os.ReadFile("../courier/app/config.schema.json")
	require.NoError(t, err)
	var root map[string]any
	require.NoError(t, json.Unmarshal(schema, &root))
	sections, ok := root["properties"].(map[string]any)
	require.True(t, ok)
	settings := 0
	for _, found := range regexp.MustCompile("`([a-z_]+(?:\\.[a-z_]+)+)(?::[^`]*)?`").FindAllStringSubmatch(page, -1) {
		path := strings.Split(found[1], ".")
		if _, ours := sections[path[0]]; !ours || strings.HasSuffix(found[1], ".yml") {
			continue
		}
		settings++
		node := root
		for _, name := range path {
			properties, _ := node["properties"].(map[string]any)
			node, ok = properties[name].(map[string]any)
			if !ok && found[1] == "secrets.cookie" {
				break // Kratos'
			}
			require.True(t, ok, "there is no setting %s", found[1])
		}
	}
	require.Greater(t, settings, 10)
}

// TestLinksLeadSomewhere follows those of the pages that people begin with.
func TestLinksLeadSomewhere(t *testing.T) {
	t.Parallel()
	for _, page := range []string{"GUIDE.md", "LOGIN-PAGE.md", "RUNBOOK.md", "../README.md", "../SECURITY.md", "../CHANGELOG.md", "../CONTRIBUTING.md"} {
		text, err := os.ReadFile(page)
		require.NoError(t, err)
		for _, link := range regexp.MustCompile(`\]\(([^)\s]+)\)`).FindAllStringSubmatch(string(text), -1) {
			if strings.HasPrefix(link[1], "http") {
				continue
			}
			file, anchor, _ := strings.Cut(link[1], "#")
			target := page
			if file != "" {
				target = filepath.Join(filepath.Dir(page), file)
			}
			_, err := os.Stat(target)
			require.NoError(t, err, "%s links to %s", page, link[1])
			if anchor != "" {
				there, err := os.ReadFile(target)
				require.NoError(t, err)
				require.Contains(t, anchors(string(there)), anchor, "%s links to %s", page, link[1])
			}
		}
	}
}

// TestTheThreatModelNamesRequirements: what it says is shown by something.
func TestTheThreatModelNamesRequirements(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../SECURITY.md")
	require.NoError(t, err)
	requirements, err := os.ReadFile("../conformance/REQUIREMENTS.md")
	require.NoError(t, err)
	ids := regexp.MustCompile(`\b[A-Z]{3,4}-[0-9]+\b`).FindAllString(strings.ReplaceAll(string(text), "X-Hub-Signature-256", ""), -1)
	require.Greater(t, len(ids), 10)
	for _, id := range ids {
		require.Contains(t, string(requirements), "\n| "+id+" |", id)
	}
}

// TestReadmeInstallsInThreeCommands each way.
func TestReadmeInstallsInThreeCommands(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../README.md")
	require.NoError(t, err)
	_, install, found := strings.Cut(string(text), "\n## Install beside your Kratos\n")
	require.True(t, found)
	install, _, _ = strings.Cut(install, "\n## ")
	ways := regexp.MustCompile("(?ms)^```sh\n(.*?)```$").FindAllStringSubmatch(install, -1)
	require.Len(t, ways, 3)
	for _, way := range ways {
		require.Equal(t, 3, strings.Count(way[1], "\n"), way[1])
	}
	// The containers' are those of the guide, and of the file's own comment.
	_, blocks := guide(t)
	require.Contains(t, blocks[0].text, ways[0][1])
	compose, err := os.ReadFile("compose.yml")
	require.NoError(t, err)
	for line := range strings.Lines(ways[0][1]) {
		require.Contains(t, string(compose), strings.TrimSpace(line))
	}
}

// anchors are what the headings of a page can be linked by.
func anchors(page string) []string {
	var all []string
	for _, heading := range regexp.MustCompile(`(?m)^#+ (.+)$`).FindAllStringSubmatch(page, -1) {
		kept := regexp.MustCompile(`[^a-z0-9 _-]`).ReplaceAllString(strings.ToLower(heading[1]), "")
		all = append(all, strings.ReplaceAll(kept, " ", "-"))
	}
	return all
}
