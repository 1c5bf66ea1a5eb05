package app

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
)

// grants are those that operate.md gives to serve webhook.
func grants(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile("../docs/operate.md")
	require.NoError(t, err)
	block := regexp.MustCompile("(?s)```sql\n(.*?)```").FindSubmatch(text)
	require.NotNil(t, block)
	return strings.Split(strings.TrimSpace(string(block[1])), "\n")
}

func execute(t *testing.T, dsn string, text ...string) error {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	require.NoError(t, err)
	defer func() { require.NoError(t, conn.Close(t.Context())) }()
	for _, one := range text {
		if _, err := conn.Exec(t.Context(), one); err != nil {
			return fmt.Errorf("%s: %w", one, err)
		}
	}
	return nil
}

// part starts one part of a courier.
func part(t *testing.T, c *Config, serves courier.Serves) *running {
	t.Helper()
	return startWith(t, c, Options{Version: "v0.0.1-test", Serves: serves, Console: io.Discard})
}

// report tells the public listener what became of the attempt of a delivery.
func report(t *testing.T, r *running, id, status string) {
	t.Helper()
	body := fmt.Sprintf(`{"object":"whatsapp_business_account","entry":[{"id":"901","changes":[{"field":"messages","value":{
		"messaging_product":"whatsapp","metadata":{"phone_number_id":"106540352242922"},
		"statuses":[{"id":"wamid.%s","status":%q,"timestamp":"%d","recipient_id":"12025550143","biz_opaque_callback_data":%q,
		"errors":[{"code":131026}]}]}}]}]}`, id, status, time.Now().Unix(), courier.Reference(uuid.MustParse(id), 1))
	mac := hmac.New(sha256.New, []byte("filled-in"))
	mac.Write([]byte(body))
	answer, text := ask(t, http.MethodPost, "http://"+r.Addresses().Public+"/webhooks/meta", strings.NewReader(body),
		"X-Hub-Signature-256", fmt.Sprintf("sha256=%x", mac.Sum(nil)))
	require.Equal(t, http.StatusOK, answer.StatusCode, text)
}

// TestThePublicPartServesApart runs it as a role that has the rights of operate.md only.
func TestThePublicPartServesApart(t *testing.T) {
	t.Parallel()
	c, server := onPostgres(t)
	restricted, err := server.As(t.Context(), "courier_webhook")
	require.NoError(t, err)
	require.NoError(t, execute(t, server.DSN(), grants(t)...))
	withStatus(c)
	c.Fallback.Mode, c.SMS.Provider = courier.WhatsAppOrSMS, "console"
	private := part(t, c, courier.ServesCourier)
	apart := *c
	apart.DSN = restricted
	public := part(t, &apart, courier.ServesWebhook)

	require.Empty(t, private.Addresses().Public)
	require.Empty(t, public.Addresses().Private)
	shows(t, private, replica{"courier", "v0.0.1-test", true}, replica{"webhook", "v0.0.1-test", false})

	sent := func(code string) string {
		status, id, err := post(t.Context(), private, "+12025550143", code)
		require.NoError(t, err)
		require.Equal(t, http.StatusNoContent, status)
		await(t, private, id, courier.StateSent)
		return id
	}
	arrives := sent("100001")
	report(t, public, arrives, "delivered")
	report(t, public, arrives, "read")
	await(t, private, arrives, courier.StateRead)

	fails := sent("100002")
	report(t, public, fails, "failed")
	d := await(t, private, fails, courier.StateHandedOver)
	require.Len(t, d.Attempts, 2)

	require.Equal(t, "sending", stateIn(statusOf(t, public, pageToken)))
	postMessage(t, private, loginWithToken("100003"))
	require.Equal(t, "check_whatsapp", stateIn(statusOf(t, public, pageToken)))

	for _, forbidden := range []string{
		"SELECT * FROM denied", "SELECT * FROM seen", "DELETE FROM tokens", "DELETE FROM deliveries", "UPDATE deliveries SET phone_sealed = NULL",
		"INSERT INTO denied (phone_lookup, masked, at) VALUES ('', '', 0)", "DELETE FROM leads", "DELETE FROM attempts", "CREATE TABLE more (a integer)",
	} {
		var refused *pgconn.PgError
		require.ErrorAs(t, execute(t, restricted, forbidden), &refused, forbidden)
		require.Equal(t, "42501", refused.Code, forbidden)
	}
	require.NoError(t, public.stop())
	require.NotContains(t, public.log.String(), "permission denied")
	shows(t, private, replica{"courier", "v0.0.1-test", true})
}

func await(t *testing.T, r *running, id string, state courier.State) (d courier.Delivery) {
	t.Helper()
	require.Eventually(t, func() bool {
		var err error
		d, err = r.store.Peek(t.Context(), uuid.MustParse(id))
		return err == nil && d.State == state
	}, 30*time.Second, 5*time.Millisecond, state)
	return d
}

func TestPartsNeedADatabaseOfTheirOwn(t *testing.T) {
	t.Parallel()
	for _, serves := range []courier.Serves{courier.ServesCourier, courier.ServesWebhook} {
		_, err := New(context.Background(), config(t), Options{Log: &output{}, Serves: serves})
		require.ErrorContains(t, err, "dsn: `serve "+string(serves)+"` works with others on one database: that takes PostgreSQL")
	}
}
