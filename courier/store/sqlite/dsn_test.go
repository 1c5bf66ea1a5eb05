package sqlite

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestParseDSN(t *testing.T) {
	t.Parallel()
	here, err := os.Getwd()
	require.NoError(t, err)
	for dsn, path := range map[string]string{
		"sqlite:///var/lib/courier.db": "/var/lib/courier.db",
		"sqlite://./data/courier.db":   filepath.Join(here, "data/courier.db"),
		"sqlite://courier.db":          filepath.Join(here, "courier.db"),
		"memory":                       "",
		// What Kratos' documentation puts behind it.
		"sqlite:///var/lib/courier.db?_fk=true&mode=rwc":         "/var/lib/courier.db",
		"sqlite://courier.db?_fk=true&cache=shared&max_conns=20": filepath.Join(here, "courier.db"),
	} {
		got, err := parseDSN(dsn)
		require.NoError(t, err)
		require.Equal(t, path, got.path)
	}
	for _, dsn := range []string{
		"", "sqlite://", "sqlite:///var/lib/", "sqlite://?_fk=true", "courier.db",
		"postgres://courier:hunter2@db/courier", "mysql://courier:hunter2@db/courier",
	} {
		_, err := parseDSN(dsn)
		require.ErrorContains(t, err, "dsn: ")
		require.ErrorContains(t, err, "sqlite")
		require.NotContains(t, err.Error(), "hunter2")
	}
	for dsn, want := range map[string]string{
		"sqlite:///a.db?mode=memory": "mode must be rwc",
		"sqlite:///a.db?mode=ro":     "mode must be rwc",
		"sqlite:///a.db?key=hunter2": `the parameter "key" is unknown`,
		"sqlite:///a.db?_fk=%zz":     "cannot be read",
		// What SQLite takes for memory would be a file of that name here.
		"sqlite://:memory:":                            "for a database in memory write memory",
		"sqlite://file::memory:?_fk=true&cache=shared": "for a database in memory write memory",
		"sqlite://file:/var/lib/courier.db?_fk=true":   "for one in a file sqlite:// and its path",
	} {
		_, err := parseDSN(dsn)
		require.ErrorContains(t, err, "dsn: ")
		require.ErrorContains(t, err, want)
		require.NotContains(t, err.Error(), "hunter2")
	}
}

func TestOpensAnyPath(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "a b#c%20d&mode=memory.db")
	require.NoError(t, open(t, "sqlite://"+path).Ready(t.Context()))
	require.FileExists(t, path)
}

func TestOpenSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(t.TempDir(), "missing")
	_, err := Open(t.Context(), "sqlite://"+filepath.Join(folder, "courier.db"), secrets(t))
	require.ErrorContains(t, err, "dsn: the folder "+folder+" does not exist; create it")

	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	_, err = Open(t.Context(), "sqlite://"+filepath.Join(file, "courier.db"), secrets(t))
	require.ErrorContains(t, err, "dsn: "+file+" is a file, where a folder")

	text := filepath.Join(t.TempDir(), "text.db")
	require.NoError(t, os.WriteFile(text, []byte("this is a text file, and not a short one either"), 0o600))
	_, err = Open(t.Context(), "sqlite://"+text, secrets(t))
	require.ErrorContains(t, err, "not a database")
}

func TestMemoryIsNotShared(t *testing.T) {
	t.Parallel()
	one, two := open(t, "memory"), open(t, "memory")
	d := accept(t, one, message(t, canaryPhone, "100000"))
	_, err := one.Load(t.Context(), d.ID)
	require.NoError(t, err)
	_, err = two.Load(t.Context(), d.ID)
	require.Error(t, err)
}
