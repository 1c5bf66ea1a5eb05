package doctor

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// told are the severities and settings of findings.
func told(findings []Finding) []string {
	var short []string
	for _, f := range findings {
		short = append(short, string(f.Severity)+" "+f.Where)
	}
	return short
}

func TestPrivateListener(t *testing.T) {
	t.Parallel()
	for host, want := range map[string][]string{
		"127.0.0.1":     nil,
		"[::1]":         nil,
		"localhost":     nil,
		"10.1.2.3":      nil,
		"fd00::1":       nil,
		"":              {"warning serve.private.host"},
		"0.0.0.0":       {"warning serve.private.host"},
		"[::]":          {"warning serve.private.host"},
		"203.0.113.7":   {"error serve.private.host"},
		"[2001:db8::1]": {"error serve.private.host"},
	} {
		require.Equal(t, want, told(privateListener(host)), host)
	}
}

func TestDatabaseFolder(t *testing.T) {
	t.Parallel()
	missing := filepath.Join(t.TempDir(), "missing")
	require.Equal(t, []string{"error dsn"}, told(databaseFolder(missing, writableFolder(missing))))
	require.Equal(t, []string{"unknown dsn"}, told(databaseFolder(missing, errNotMeasured)))
	require.Empty(t, databaseFolder(t.TempDir(), writableFolder(t.TempDir())))
}

func TestDatabaseFolderIsNotWrittenTo(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	var r Report
	Machine{PrivateHost: "127.0.0.1", Database: filepath.Join(folder, "courier.db")}.examine(&r)
	require.Empty(t, r.Count(Error)+r.Count(Unknown))
	require.Len(t, r.Facts, 1)
	left, err := os.ReadDir(folder)
	require.NoError(t, err)
	require.Empty(t, left)
}

func TestDiskRoom(t *testing.T) {
	t.Parallel()
	require.Empty(t, diskRoom("/data", leastRoom, nil))
	require.Equal(t, []string{"warning dsn"}, told(diskRoom("/data", leastRoom-1, nil)))
	require.Equal(t, []string{"unknown dsn"}, told(diskRoom("/data", 0, syscall.EACCES)))
}

func TestMemoryIsWarnedOf(t *testing.T) {
	t.Parallel()
	var r Report
	Machine{PrivateHost: "127.0.0.1", Memory: true}.examine(&r)
	require.Equal(t, []string{"warning dsn"}, told(r.Findings))
}

func TestExitStatus(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		severities       []Severity
		status, strictly int
	}{
		"nothing":           {nil, 0, 0},
		"a warning":         {[]Severity{Warning}, 0, 1},
		"an unknown":        {[]Severity{Warning, Unknown}, 3, 3},
		"an error outranks": {[]Severity{Warning, Unknown, Error}, 2, 2},
	} {
		var r Report
		for _, s := range c.severities {
			r.found(Finding{Severity: s})
		}
		require.Equal(t, c.status, r.ExitStatus(false), name)
		require.Equal(t, c.strictly, r.ExitStatus(true), name)
	}
}

func TestDatabaseServerIsLeftToServe(t *testing.T) {
	t.Parallel()
	var r Report
	Machine{PrivateHost: "127.0.0.1"}.examine(&r)
	require.Empty(t, r.Findings)
	require.Equal(t, "dsn", r.Skipped[0].Where)
}
