package courier_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/selftest/courier"
	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/testkit"
	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/client"
)

// TestTheMockTakesWhatItSends runs the courier with the mock of Meta and Twilio, and
// posts what Kratos has posted.
func TestTheMockTakesWhatItSends(t *testing.T) {
	t.Parallel()
	if err := testkit.CheckBinaries(); err != nil {
		require.NotEqual(t, "true", os.Getenv("CI"), "%s", err)
		t.Skip("the programs are not built: ", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	mock, err := testkit.StartMock(ctx, testkit.MockOptions{Args: []string{"--calm"}})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, mock.Close(context.Background())) })
	private, public := start(t, ctx, mock.APIURL)
	require.Eventually(t, func() bool {
		return mock.Subscribe(ctx, "http://"+public+"/webhook", testkit.MockVerifyToken) == nil
	}, 30*time.Second, 20*time.Millisecond, "the handshake")

	body, err := os.ReadFile("../../specs/testdata/v1.3.1/login_code_valid.json")
	require.NoError(t, err)
	post := func(body string) {
		answer, err := testkit.Do(ctx, http.MethodPost, "http://"+private+"/messages", body, "X-API-Key", "the key of Kratos")
		require.NoError(t, err)
		require.Equal(t, http.StatusNoContent, answer.Status, answer.Body)
	}
	post(string(body))
	messages, err := mock.WaitForMessages(ctx, client.Filter{Channel: client.WhatsApp}, 1)
	require.NoError(t, err)
	require.NoError(t, mock.WaitForStatus(ctx, messages[0].ID, "read"))
	post(string(body))

	require.NoError(t, mock.SetHandset(ctx, "+12025550143", client.Handset{State: client.SwitchedOff}))
	post(`{"recipient":"+12025550143","template_type":"login_code_valid","template_data":{"login_code":"271828"}}`)
	texts, err := mock.WaitForMessages(ctx, client.Filter{Channel: client.SMS}, 1)
	require.NoError(t, err)
	require.Equal(t, "271828", texts[0].Code)
	all, err := mock.Messages(ctx, client.Filter{})
	require.NoError(t, err)
	require.Len(t, all, 3, "two on WhatsApp, a repeat that is none, and one SMS")
}

func start(t *testing.T, ctx context.Context, mock string) (private, public string) {
	t.Helper()
	var addresses [2]string
	for i := range addresses {
		port, err := testkit.FreePort()
		require.NoError(t, err)
		addresses[i] = fmt.Sprintf("127.0.0.1:%d", port)
	}
	ctx, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() {
		ended <- courier.Main(ctx, []string{
			"--private", addresses[0], "--public", addresses[1], "--kratos-key", "the key of Kratos",
			"--meta-url", mock, "--meta-token", testkit.MockAccessToken, "--phone-number-id", testkit.MockPhoneNumberID,
			"--app-secret", testkit.MockAppSecret, "--verify-token", testkit.MockVerifyToken,
			"--template", testkit.MockTemplate, "--languages", "en_US,pt_BR",
			"--sms-url", mock, "--sms-account", testkit.MockTwilioAccountSID, "--sms-token", testkit.MockTwilioAuthToken,
			"--sms-from", "+15550100124", "--journal", filepath.Join(t.TempDir(), "journal"),
			"--fallback-after", "1s", "--fallback-overall", "2s",
		}, io.Discard)
	}()
	t.Cleanup(func() {
		stop()
		require.NoError(t, <-ended)
	})
	return addresses[0], addresses[1]
}
