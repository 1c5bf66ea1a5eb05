package app

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// docBlock is a block of a page of documentation.
type docBlock struct{ language, text string }

func docBlocks(t *testing.T, page string) (all []docBlock) {
	t.Helper()
	text, err := os.ReadFile(page)
	require.NoError(t, err)
	parts := strings.Split(string(text), "```")
	for i := 1; i < len(parts); i += 2 {
		language, block, _ := strings.Cut(parts[i], "\n")
		all = append(all, docBlock{language, block})
	}
	return all
}

// fields are the names of the fields of a JSON object.
func fields(t *testing.T, text string) []string {
	t.Helper()
	var object map[string]any
	require.NoError(t, json.Unmarshal([]byte(text), &object), text)
	return slices.Sorted(maps.Keys(object))
}

// The examples work as they stand, and answer what the page says.
func TestTheExamplesOfTheAPIWork(t *testing.T) {
	t.Parallel()
	for _, program := range []string{"bash", "curl"} {
		if _, err := exec.LookPath(program); err != nil {
			require.NotEqual(t, "true", os.Getenv("CI"), "%s is not installed", program)
			t.Skip(program + " is not installed")
		}
	}
	c := config(t)
	c.SMS.Provider, c.Limits.PerNumber.Max, c.Status.Enabled = "console", 100, true
	r := start(t, c)
	private := "http://" + r.Addresses().Private
	postMessage(t, r, loginWithToken("135790"))
	all := docBlocks(t, filepath.Join("..", "docs", "api.md"))
	setup, ran, answer := "", 0, ""
	for _, e := range all {
		switch {
		case e.language == "json":
			require.Equal(t, fields(t, e.text), fields(t, answer), "what the page says is answered")
		case e.language != "sh":
		case setup == "":
			setup = e.text
		default:
			command := exec.CommandContext(t.Context(), "bash", "-euo", "pipefail", "-c", setup+e.text)
			command.Env = append(os.Environ(), "COURIER_ADMIN_URL="+private, "COURIER_ADMIN_KEY="+adminKey, "NUMBER=+12025550143",
				"COURIER_PUBLIC_URL=http://"+r.Addresses().Public, "TOKEN="+pageToken)
			if strings.Contains(e.text, "$ID") {
				command.Env = append(command.Env, "ID="+sentDelivery(t, private, ran))
			}
			out, err := command.CombinedOutput()
			require.NoError(t, err, "%s\n%s", e.text, out)
			answer = string(out)
			require.NotContains(t, answer, "2025550143")
			ran++
		}
	}
	require.GreaterOrEqual(t, ran, 15)
}

// sentDelivery is a new delivery whose message was sent.
func sentDelivery(t *testing.T, private string, n int) string {
	t.Helper()
	body := strings.ReplaceAll(login, "135790", fmt.Sprint(200000+n))
	answer, _ := ask(t, http.MethodPost, private+"/kratos/messages", strings.NewReader(body), "X-API-Key", kratosKey)
	id := answer.Header.Get("X-Delivery-Id")
	require.Eventually(t, func() bool {
		_, text := ask(t, http.MethodGet, private+"/admin/deliveries/"+id, nil, "X-API-Key", adminKey)
		return strings.Contains(text, `"state":"sent"`)
	}, 30*time.Second, 10*time.Millisecond)
	return id
}
