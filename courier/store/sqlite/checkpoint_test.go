package sqlite

import (
	"context"
	"encoding/binary"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"
)

// logBegins is how often the log has started anew, as its header counts
// (https://sqlite.org/fileformat2.html#walformat).
func logBegins(t *testing.T, dsn string) uint32 {
	t.Helper()
	log, err := os.Open(strings.TrimPrefix(dsn, "sqlite://") + "-wal")
	require.NoError(t, err)
	defer log.Close()
	header := make([]byte, 32)
	_, err = log.ReadAt(header, 0)
	require.NoError(t, err)
	return binary.BigEndian.Uint32(header[12:])
}

// logPages is how many pages of 4 KiB the log has had room for.
func logPages(t *testing.T, dsn string) int64 {
	t.Helper()
	info, err := os.Stat(strings.TrimPrefix(dsn, "sqlite://") + "-wal")
	require.NoError(t, err)
	return info.Size() / 4096
}

// However many go on writing, the log starts anew again and again.
func TestLogStartsAnewUnderLoad(t *testing.T) {
	t.Parallel()
	dsn := temporary(t)
	s := open(t, dsn)
	accept(t, s, message(t, canaryPhone, "100001"))
	first := logBegins(t, dsn)
	enough, stop := context.WithCancel(t.Context())
	defer stop()
	var writers errgroup.Group
	for range 16 {
		writers.Go(func() error {
			for enough.Err() == nil {
				if err := s.Ready(t.Context()); err != nil {
					return err
				}
			}
			return nil
		})
	}
	assert.Eventually(t, func() bool { return logBegins(t, dsn) >= first+3 }, time.Minute, 10*time.Millisecond)
	stop()
	require.NoError(t, writers.Wait())
}

// A reader keeps the log from starting anew, but not the writer from writing. Once it has
// gone, the writer is to copy the rest.
func TestLogGrowsBehindAReader(t *testing.T) {
	t.Parallel()
	dsn := temporary(t)
	s := open(t, dsn)
	d := accept(t, s, message(t, canaryPhone, "100001"))
	reader, err := s.db.readers.BeginTx(t.Context(), nil)
	require.NoError(t, err)
	defer func() { _ = reader.Rollback() }()
	var version int64
	read := func() int64 {
		require.NoError(t, reader.QueryRowContext(t.Context(), "SELECT version FROM deliveries WHERE id = ?", d.ID[:]).Scan(&version))
		return version
	}
	before := read()
	first := logBegins(t, dsn)
	for n := 0; n < 2*copyAfter; {
		require.NoError(t, s.Ready(t.Context()))
		if logPages(t, dsn) > longLog {
			n++ // from now on it would start anew
		}
	}
	change(t, s, "UPDATE deliveries SET version = version + 1")
	require.Equal(t, first, logBegins(t, dsn))
	require.Equal(t, before, read(), "the reader's view stands still")
	require.Nil(t, s.db.writer.log.rest.Load())
	require.NoError(t, reader.Rollback())
	s.db.writer.log.committed(copyAfter)
	require.Eventually(t, func() bool { return s.db.writer.log.rest.Load() != nil }, emptyEvery/2, time.Millisecond)
}

// A quiet store leaves nothing in its log, also when the log was copied for its length
// just before, so that nothing counts as new.
func TestLogIsEmptiedInTime(t *testing.T) {
	t.Parallel()
	dsn := temporary(t)
	s := open(t, dsn)
	s.db.writer.log.close()
	accept(t, s, message(t, canaryPhone, "100001"))
	s.db.writer.log = newCheckpoints(s.db.writer.db, s.db.wake)
	s.db.writer.log.start(time.Millisecond, false)
	require.Eventually(t, func() bool {
		info, err := os.Stat(strings.TrimPrefix(dsn, "sqlite://") + "-wal")
		require.NoError(t, err)
		return info.Size() == 0
	}, 30*time.Second, time.Millisecond)
}

// What a courier that was killed has left in its log does not stay there.
func TestLogThatWasLeftBehindIsEmptied(t *testing.T) {
	t.Parallel()
	killed := temporary(t)
	s := open(t, killed)
	d := accept(t, s, message(t, canaryPhone, "100001"))
	dsn := temporary(t)
	log := strings.TrimPrefix(dsn, "sqlite://") + "-wal"
	for _, end := range []string{"", "-wal"} {
		content, err := os.ReadFile(strings.TrimPrefix(killed, "sqlite://") + end)
		require.NoError(t, err)
		require.NotEmpty(t, content)
		require.NoError(t, os.WriteFile(strings.TrimPrefix(dsn, "sqlite://")+end, content, 0o600))
	}
	s = open(t, dsn)
	require.Eventually(t, func() bool {
		info, err := os.Stat(log)
		require.NoError(t, err)
		return info.Size() == 0
	}, emptyEvery/2, time.Millisecond)
	loaded, err := s.Load(t.Context(), d.ID)
	require.NoError(t, err)
	require.Equal(t, "100001", loaded.Code.Reveal())
}

// The writer is bothered only when the log can start anew, and is long.
func TestWhenTheWriterCopies(t *testing.T) {
	t.Parallel()
	require.False(t, mayStartAnew(0, 0))
	require.False(t, mayStartAnew(longLog-1, longLog-1))
	require.True(t, mayStartAnew(longLog, longLog))
	require.False(t, mayStartAnew(9*longLog, longLog), "a reader has an older snapshot open")
	require.False(t, mayStartAnew(-1, -1), "another copy is under way")
}

// What came while a copy ran is copied by the writer before its next transaction, which
// then begins the log anew. It waits for other processes as before.
func TestWriterCopiesTheRest(t *testing.T) {
	t.Parallel()
	dsn := temporary(t)
	s := open(t, dsn)
	accept(t, s, message(t, canaryPhone, "100001"))
	first := logBegins(t, dsn)
	pages, copied, err := s.db.writer.log.copy(t.Context())
	require.NoError(t, err)
	require.Positive(t, pages)
	require.Equal(t, pages, copied)
	s.db.writer.log.leave(copyLog)
	require.NoError(t, s.Ready(t.Context()))
	require.Equal(t, first+1, logBegins(t, dsn), "all was copied")
	require.NoError(t, s.Ready(t.Context()))
	require.Equal(t, first+1, logBegins(t, dsn), "nothing was")
	s.db.writer.log.leave(copyLog)
	require.NoError(t, s.Ready(t.Context()))
	require.Equal(t, first+2, logBegins(t, dsn), "the writer has copied it")
	var wait string
	require.NoError(t, s.db.write(t.Context(), func(tx *statements) error {
		_, err := tx.one("PRAGMA busy_timeout", nil, &wait)
		return err
	}))
	require.Equal(t, "5000", wait)
}
