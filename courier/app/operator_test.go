package app

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier/operator"
)

// The commands of operators, as people type them, on a courier that runs.
func TestOperatorsWorkFromTheCommandLine(t *testing.T) {
	c := config(t)
	c.Admin.APIKeys = append(c.Admin.APIKeys, AdminKey{Name: "ben", Role: roleRead, Key: readOnlyKey})
	r := start(t, c)
	private := "http://" + r.Addresses().Private
	t.Setenv(operator.KeyEnv, adminKey)
	answer, _ := ask(t, http.MethodPost, private+"/kratos/messages", strings.NewReader(login), "X-API-Key", kratosKey)
	id := answer.Header.Get("X-Delivery-Id")
	require.Eventually(t, func() bool {
		_, text := ask(t, http.MethodGet, private+"/admin/deliveries/"+id, nil, "X-API-Key", adminKey)
		return strings.Contains(text, `"state":"sent"`)
	}, 30*time.Second, 10*time.Millisecond)
	command := func(status int, args ...string) string {
		t.Helper()
		var out, err bytes.Buffer
		require.Equal(t, status, Main(t.Context(), "v0", append(args, "--url", private), &out, &err), "%s", err.String())
		require.NotContains(t, out.String()+err.String(), "2025550143")
		return out.String() + err.String()
	}
	var listed struct {
		Deliveries []struct{ ID string } `json:"deliveries"`
	}
	require.NoError(t, json.Unmarshal([]byte(command(0, "deliveries", "list", "--from", "1h", "--country", "US", "--format", "json")), &listed))
	require.Len(t, listed.Deliveries, 1)
	require.Equal(t, id, listed.Deliveries[0].ID)
	require.Contains(t, command(0, "deliveries", "show", id), "1 whatsapp by meta: request")
	require.Contains(t, command(0, "limits", "show", "+12025550143"), "number")
	require.Contains(t, command(0, "deliveries", "cancel", id), "state    cancelled operator")
	require.Contains(t, command(0, "deliveries", "watch", id), "cancelled")
	require.Contains(t, command(2, "deliveries", "resend", id), "(ended)")
	require.Contains(t, command(3, "deliveries", "show", "x"), "no delivery with this id")
	require.Contains(t, command(0, "numbers", "deny", "+12025550143"), "+1********43 gets no more messages")
	require.Contains(t, command(0, "limits", "show", "+12025550143"), "+1********43 wants no messages")
	require.Contains(t, command(0, "numbers", "allow", "+12025550143"), "+1********43 gets messages again")
	require.Contains(t, command(0, "limits", "reset", "+12025550143"), "+1********43 may get codes again")
	require.Contains(t, command(0, "numbers", "forget", "+12025550143"), "deliveries that have lost it: 1")
	require.NotContains(t, command(0, "deliveries", "show", id), "+1")

	var completions bytes.Buffer
	require.Zero(t, Main(t.Context(), "v0", []string{"__complete", "deliveries", "list", "--state", "hand"}, &completions, &completions))
	require.Contains(t, completions.String(), "handed_over")

	t.Setenv(operator.KeyEnv, readOnlyKey)
	command(0, "deliveries", "list")
	require.Contains(t, command(4, "numbers", "deny", "+12025550143"), "may only read")
	t.Setenv(operator.KeyEnv, "a-key-that-nobody-has")
	require.Contains(t, command(4, "limits", "show"), "no valid credentials")
}
