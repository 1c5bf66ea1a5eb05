package sqlite

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/store"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/store/vault"
)

func version(t *testing.T, s *Store) (version, steps int) {
	t.Helper()
	row := s.db.readers.QueryRowContext(t.Context(), "SELECT max(version), count(*) FROM schema_version")
	require.NoError(t, row.Scan(&version, &steps))
	return version, steps
}

func TestMigratesOnceFromEmpty(t *testing.T) {
	t.Parallel()
	steps, err := store.ReadMigrations(migrations)
	require.NoError(t, err)
	dsn := temporary(t)
	for range 2 {
		s, err := Open(t.Context(), dsn, secrets(t))
		require.NoError(t, err)
		at, n := version(t, s)
		require.Equal(t, len(steps), at)
		require.Equal(t, len(steps), n)
		require.NoError(t, s.Close())
	}
}

func TestMigratesForward(t *testing.T) {
	t.Parallel()
	s := open(t, temporary(t))
	steps, err := store.ReadMigrations(migrations)
	require.NoError(t, err)
	next := store.Migration{Version: len(steps) + 1, Text: "CREATE TABLE next (a INTEGER) STRICT; INSERT INTO next (a) VALUES (7);"}
	require.NoError(t, s.db.write(t.Context(), migrate(append(steps, next))))
	var a int
	require.NoError(t, s.db.readers.QueryRowContext(t.Context(), "SELECT a FROM next").Scan(&a))
	require.Equal(t, 7, a)

	broken := store.Migration{Version: next.Version + 1, Text: "CREATE TABLE half (a INTEGER) STRICT; CREATE TABLE next (a INTEGER) STRICT;"}
	require.ErrorContains(t, s.db.write(t.Context(), migrate(append(steps, next, broken))), fmt.Sprint("migration ", broken.Version))
	at, _ := version(t, s)
	require.Equal(t, next.Version, at)
	_, err = s.db.readers.ExecContext(t.Context(), "SELECT * FROM half")
	require.ErrorContains(t, err, "no such table", "a broken step leaves nothing behind")
}

// A database of the first version, with rows, becomes one of this version.
func TestMigratesWhatTheFirstVersionWrote(t *testing.T) {
	t.Parallel()
	dsn := temporary(t)
	steps, err := store.ReadMigrations(migrations)
	require.NoError(t, err)
	from, err := parseDSN(dsn)
	require.NoError(t, err)
	db, err := connect(t.Context(), from)
	require.NoError(t, err)
	keys := secrets(t)
	first := &Store{Keeper: store.NewKeeper(keys, db), db: db}
	require.NoError(t, first.db.write(t.Context(), migrate(steps[:1])))
	d := message(t, canaryPhone, "100001")
	d.Version, d.Attempts = 3, []courier.Attempt{{N: 1, Channel: courier.SMS, Provider: "careless", ProviderID: "…ok", State: courier.AttemptAccepted}}
	d = store.Kept(d)
	insert := func(d courier.Delivery, bypass string) {
		change(t, first, `
INSERT INTO deliveries (
    id, version, template_type, purpose, phone_lookup, phone_sealed, code_sealed, asked, flow, identity, locales,
    state, reason, bypass, alert, repeats, accepted_at, expires_at, updated_at, due_at)
VALUES (?, 3, 'login_code_valid', ?, ?, ?, ?, '', '', ?, '', 'accepted', '', ?, '', 0, ?, ?, ?, ?)`,
			d.ID[:], d.Purpose, keys.PhoneLookup(d.To),
			keys.Seal(vault.Phones, d.ID, canaryPhone), keys.Seal(vault.Codes, d.ID, d.Code.Reveal()),
			d.Identity, bypass, store.Micros(d.AcceptedAt), store.Micros(d.ExpiresAt), store.Micros(d.UpdatedAt), store.Micros(d.Due))
	}
	insert(d, "")
	reasons := map[courier.ID][2]string{} // why no WhatsApp, and why no SMS
	for bypass, want := range map[string][2]string{
		"not_on_whatsapp": {"not_on_whatsapp", ""}, "whatsapp_degraded": {"whatsapp_degraded", ""}, "whatsapp_busy": {"whatsapp_busy", ""},
		"sms_total_limit": {"", "sms_total_limit"}, "sms_prefix_limit": {"", "sms_prefix_limit"},
	} {
		left := message(t, canaryPhone, "100003")
		insert(left, bypass)
		reasons[left.ID] = want
	}
	const attempt = `
INSERT INTO attempts (
    delivery_id, n, channel, provider, provider_lookup, provider_tail, variant, receipts, known_as, state, class, code, reason)
VALUES (?, ?, 'sms', 'careless', ?, '…ok', '', 0, '', 'accepted', '', '', '')`
	lookup := keys.ProviderLookup("careless", "book")
	change(t, first, attempt, d.ID[:], 1, lookup)
	require.Error(t, first.db.write(t.Context(), func(tx *statements) error { return tx.exec(attempt, d.ID[:], 2, lookup) }),
		"it refused a repeated id")
	require.NoError(t, first.Close())

	s := open(t, dsn)
	at, _ := version(t, s)
	require.Equal(t, len(steps), at)
	got, err := s.Load(t.Context(), d.ID)
	require.NoError(t, err)
	require.Equal(t, d, got)
	for id, want := range reasons {
		left, err := s.Load(t.Context(), id)
		require.NoError(t, err)
		require.Equal(t, want, [2]string{left.NoWhatsApp, left.NoSMS})
	}
	newer := accept(t, s, message(t, canaryPhone, "100002"))
	newer.Attempts = []courier.Attempt{{N: 1, Channel: courier.SMS, Provider: "careless", ProviderID: "book"}}
	_, err = s.Save(t.Context(), newer, nil)
	require.NoError(t, err)
	ids, err := s.Find(t.Context(), courier.Query{Provider: "careless", ProviderID: "book"})
	require.NoError(t, err)
	require.Equal(t, []courier.ID{newer.ID, d.ID}, ids)
}

func TestRefusesTheDatabaseOfANewerProgram(t *testing.T) {
	t.Parallel()
	dsn := temporary(t)
	s := open(t, dsn)
	change(t, s, "INSERT INTO schema_version (version) VALUES (99)")
	_, err := Open(t.Context(), dsn, secrets(t))
	require.ErrorContains(t, err, "schema version 99")
	require.ErrorContains(t, err, "newer whatsapp-courier")
}
