package sqlite

import (
	"bytes"
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/store/vault"
)

const (
	canaryCode  = "718281828459045"
	canaryPhone = "+447700900123"
	canaryToken = "00112233445566778899aabbccddeeff"
)

func message(t testing.TB, to, code string) courier.Delivery {
	t.Helper()
	number, err := courier.ParsePhone(to)
	require.NoError(t, err)
	secret, err := courier.NewCode(code)
	require.NoError(t, err)
	now := time.Now()
	return courier.Delivery{
		ID: uuid.Must(uuid.NewV7()), TemplateType: "login_code_valid", Purpose: courier.Login,
		To: number, Code: secret, Identity: "identity-in-clear", State: courier.StateAccepted,
		AcceptedAt: now, UpdatedAt: now, ExpiresAt: now.Add(5 * time.Minute), Due: now.Add(30 * time.Second),
	}
}

func accept(t testing.TB, s *Store, d courier.Delivery, quotas ...courier.Quota) courier.Delivery {
	t.Helper()
	receipt, err := s.Accept(t.Context(), d, courier.AcceptRules{RepeatsUntil: d.ExpiresAt, CountWithin: time.Hour, Quotas: quotas})
	require.NoError(t, err)
	return receipt.Delivery
}

// wamid has Meta's shape: the number stands in its front half, in base64.
const (
	wamid       = "wamid.HBgMNDQ3NzAwOTAwMTIzFQIAERgSOUEzQ0E1QjNENENENkU2N0U3AA=="
	wamidNumber = "NDQ3NzAwOTAwMTIz"
)

func TestNothingSecretOnDisk(t *testing.T) {
	t.Parallel()
	dsn := temporary(t)
	s := open(t, dsn)
	number := courier.Quota{Name: "number", Subject: canaryPhone, Max: 1, Window: time.Hour, Now: time.Now()}

	d := accept(t, s, message(t, canaryPhone, canaryCode), number)
	require.Equal(t, courier.StateAccepted, d.State)
	token, err := courier.NewToken(canaryToken)
	require.NoError(t, err)
	_, err = s.Accept(t.Context(), message(t, canaryPhone, "100001"), courier.AcceptRules{Token: token, TokenUntil: time.Now().Add(time.Hour)})
	require.NoError(t, err)
	require.Equal(t, courier.StateSuppressed, accept(t, s, message(t, canaryPhone, canaryCode[1:]+"1"), number).State)
	requireClean(t, dsn)

	d.State = courier.StateSent
	d.Attempts = []courier.Attempt{{N: 1, Channel: courier.WhatsApp, Provider: "meta", ProviderID: wamid, State: courier.AttemptAccepted}}
	d, err = s.Save(t.Context(), d, nil)
	require.NoError(t, err)
	requireClean(t, dsn)

	d.State = courier.StateDelivered
	_, err = s.Save(t.Context(), d, nil)
	require.NoError(t, err)
	requireClean(t, dsn)
	require.NoError(t, s.Close())
	requireClean(t, dsn)
}

// requireClean searches the database file and its WAL. The identity, which is
// in clear, proves that the search reads what was written.
func requireClean(t *testing.T, dsn string) {
	t.Helper()
	files, err := filepath.Glob(strings.TrimPrefix(dsn, "sqlite://") + "*")
	require.NoError(t, err)
	var all []byte
	for _, file := range files {
		content, err := os.ReadFile(file)
		require.NoError(t, err)
		all = append(all, content...)
	}
	require.Contains(t, string(all), "identity-in-clear")
	for _, secret := range []string{canaryCode, canaryCode[1:] + "1", strings.TrimPrefix(canaryPhone, "+"), canaryPhone[3:]} {
		require.False(t, containsNumber(all, secret), "a secret is on disk in clear")
	}
	require.NotContains(t, string(all), wamidNumber)
	require.NotContains(t, string(all), canaryToken)
}

// containsNumber finds digits that are not part of a longer number.
func containsNumber(all []byte, number string) bool {
	digit := func(i int) bool { return i >= 0 && i < len(all) && '0' <= all[i] && all[i] <= '9' }
	for from := 0; ; from++ {
		i := bytes.Index(all[from:], []byte(number))
		if i < 0 {
			return false
		}
		from += i
		if !digit(from-1) && !digit(from+len(number)) {
			return true
		}
	}
}

func TestNoCodeIsLeftOnceAllHasEnded(t *testing.T) {
	t.Parallel()
	s := open(t, temporary(t))
	for _, code := range []string{"100001", "100002", "100003"} {
		d := accept(t, s, message(t, canaryPhone, code))
		opened := blobs(t, s)
		require.Equal(t, 1, opened[vault.Codes], "the search finds a code while there is one")
		d.State = courier.StateExpired
		_, err := s.Save(t.Context(), d, nil)
		require.NoError(t, err)
	}
	require.Equal(t, map[vault.Content]int{vault.Phones: 3}, blobs(t, s))
}

// blobs tries to decrypt every blob of every table and returns how many opened
// as what.
func blobs(t *testing.T, s *Store) map[vault.Content]int {
	t.Helper()
	ids, err := s.db.read.ids(t.Context(), "SELECT id FROM deliveries")
	require.NoError(t, err)
	opened := make(map[vault.Content]int)
	for _, table := range []string{"deliveries", "attempts", "seen", "tokens", "ledger", "probe"} {
		rows, err := s.db.readers.QueryContext(t.Context(), "SELECT * FROM "+table)
		require.NoError(t, err)
		defer rows.Close()
		columns, err := rows.Columns()
		require.NoError(t, err)
		for rows.Next() {
			values := make([]any, len(columns))
			into := make([]any, len(columns))
			for i := range values {
				into[i] = &values[i]
			}
			require.NoError(t, rows.Scan(into...))
			for _, value := range values {
				sealed, _ := value.([]byte)
				for _, id := range ids {
					for _, c := range []vault.Content{vault.Codes, vault.Phones} {
						if _, err := secrets(t).Open(c, id, sealed); err == nil {
							opened[c]++
						}
					}
				}
			}
		}
		require.NoError(t, rows.Err())
	}
	return opened
}

func TestCiphertextOfAnotherRowIsRefused(t *testing.T) {
	t.Parallel()
	s := open(t, temporary(t))
	one, two := accept(t, s, message(t, canaryPhone, "100001")), accept(t, s, message(t, canaryPhone, "100002"))
	change(t, s, "UPDATE deliveries SET code_sealed = (SELECT code_sealed FROM deliveries WHERE id = ?) WHERE id = ?", one.ID[:], two.ID[:])
	_, err := s.Load(t.Context(), two.ID)
	require.ErrorContains(t, err, "belongs to another row")
	_, err = s.Load(t.Context(), one.ID)
	require.NoError(t, err)
}

// change runs a statement behind the store's back.
func change(t *testing.T, s *Store, text string, args ...any) {
	t.Helper()
	require.NoError(t, s.db.write(t.Context(), func(tx *statements) error { return tx.exec(text, args...) }))
}

func TestDatabaseFileIsPrivate(t *testing.T) {
	t.Parallel()
	dsn := temporary(t)
	s := open(t, dsn)
	accept(t, s, message(t, canaryPhone, "100001"))
	for _, suffix := range []string{"", "-wal", "-shm"} {
		info, err := os.Stat(strings.TrimPrefix(dsn, "sqlite://") + suffix)
		require.NoError(t, err)
		require.EqualValues(t, 0o600, info.Mode().Perm(), suffix)
	}
}

func TestPragmas(t *testing.T) {
	t.Parallel()
	s := open(t, temporary(t))
	want := map[string]string{"journal_mode": "wal", "synchronous": "2", "secure_delete": "1", "busy_timeout": "5000", "query_only": "0"}
	change(t, s, "PRAGMA query_only") // connects
	for pragma, value := range want {
		var got sql.NullString
		require.NoError(t, s.db.write(t.Context(), func(tx *statements) error {
			_, err := tx.one("PRAGMA "+pragma, nil, &got)
			return err
		}))
		require.Equal(t, value, got.String, pragma)
	}
	var readOnly int
	require.NoError(t, s.db.readers.QueryRowContext(t.Context(), "PRAGMA query_only").Scan(&readOnly))
	require.Equal(t, 1, readOnly)
}
