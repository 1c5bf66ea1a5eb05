package sqlite

import (
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/google/uuid"
)

// source says where a database is. An empty path means memory.
type source struct {
	path string
	uri  string
}

// parseDSN reads the configuration value `dsn`.
func parseDSN(dsn string) (source, error) {
	if dsn == "memory" {
		// A name of its own, so that two stores of one process share nothing.
		return source{uri: "file:/" + uuid.NewString() + "?vfs=memdb"}, nil
	}
	path, ok := strings.CutPrefix(dsn, "sqlite://")
	path, parameters, _ := strings.Cut(path, "?")
	switch {
	case !ok:
		return source{}, errors.New("dsn: SQLite takes sqlite:///absolute/path, sqlite://./relative/path or memory")
	case path == "" || strings.HasSuffix(path, "/"):
		return source{}, errors.New("dsn: sqlite:// needs the path of a file, such as sqlite:///var/lib/whatsapp-courier/courier.db")
	case strings.Contains(path, ":memory:"), strings.HasPrefix(path, "file:"):
		return source{}, errors.New("dsn: for a database in memory write memory, for one in a file sqlite:// and its path")
	}
	if err := checkParameters(parameters); err != nil {
		return source{}, err
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return source{}, fmt.Errorf("dsn: %w", err)
	}
	// mode=rw: a file that vanished must be an error, not an empty new one.
	return source{path: path, uri: "file:" + (&url.URL{Path: path}).EscapedPath() + "?mode=rw"}, nil
}

// checkParameters takes those that Kratos' documentation puts behind a path, and
// that change nothing here, where each connection gets what the store needs.
func checkParameters(text string) error {
	parameters, err := url.ParseQuery(text)
	if err != nil {
		return errors.New("dsn: what stands behind ? cannot be read; leave it out")
	}
	for name, values := range parameters {
		switch {
		case name == "mode" && !slices.Contains([]string{"rwc", "rw"}, values[0]):
			return errors.New("dsn: mode must be rwc: deliveries are written")
		case name == "mode", name == "cache", name == "max_conns", name == "max_idle_conns",
			name == "max_conn_lifetime", name == "max_conn_idle_time", strings.HasPrefix(name, "_"):
		default:
			return fmt.Errorf("dsn: the parameter %q is unknown; leave it out", name)
		}
	}
	return nil
}

// String names the database to people.
func (s source) String() string {
	if s.path == "" {
		return "the database in memory"
	}
	return s.path
}

// create makes the file when it is missing, readable by its owner only. It
// returns what tells this file from another of the same name.
func (s source) create() (os.FileInfo, error) {
	file, err := os.OpenFile(s.path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, s.unopened(err)
	}
	defer file.Close()
	// SQLite puts its log beside the database and says later, in words of its own,
	// that it cannot.
	beside, err := os.CreateTemp(filepath.Dir(s.path), ".whatsapp-courier-*")
	if err != nil {
		return nil, s.shut(err)
	}
	if err := errors.Join(beside.Close(), os.Remove(beside.Name())); err != nil {
		return nil, s.shut(err)
	}
	return file.Stat()
}

// shut says that nothing can be made in the folder.
func (s source) shut(err error) error {
	return fmt.Errorf("dsn: the folder %s is not writable for the user that runs the courier (%w)", filepath.Dir(s.path), err)
}

// unopened says whether it is the file or its folder that keeps us out.
func (s source) unopened(err error) error {
	folder := filepath.Dir(s.path)
	_, fileMissing := os.Stat(s.path)
	info, folderMissing := os.Stat(folder)
	switch {
	case errors.Is(folderMissing, fs.ErrNotExist):
		return fmt.Errorf("dsn: the folder %s does not exist; create it, writable for the user that runs the courier", folder)
	case folderMissing == nil && !info.IsDir():
		return fmt.Errorf("dsn: %s is a file, where a folder for the database is needed", folder)
	case errors.Is(fileMissing, fs.ErrNotExist), errors.Is(fileMissing, fs.ErrPermission):
		return s.shut(err)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("dsn: the file %s is not writable for the user that runs the courier", s.path)
	}
	return fmt.Errorf("dsn: the database cannot be opened: %w", err)
}

// writing returns the driver's name for connections that write. PRAGMAs belong
// to a connection, hence they stand here.
func (s source) writing() string {
	return s.with(
		"synchronous(FULL)",            // a commit is on disk when it returns
		"secure_delete(ON)",            // erased means overwritten
		"wal_autocheckpoint(0)",        // see checkpoints
		"journal_size_limit(67108864)", // the WAL shrinks again after a burst
		"cache_size(-16384)",           // KiB
	) + "&_txlock=immediate"
}

// waits is how long a connection waits for other processes' commits, in ms.
const waits = "busy_timeout(5000)"

// reading returns the driver's name for connections that only read.
func (s source) reading() string { return s.with("query_only(ON)") }

func (s source) with(pragmas ...string) string {
	all := []string{waits}
	if s.path != "" {
		all = append(all, "journal_mode(WAL)")
	}
	return s.uri + "&" + url.Values{"_pragma": append(all, pragmas...)}.Encode()
}
