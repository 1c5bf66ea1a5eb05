package specs

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/testkit"
)

// secrets are what must not be found in what a courier wrote.
type secrets struct {
	// digits are codes and numbers; they count only where no digit is beside
	// them, so that a longer number or a hash is no find.
	digits []string
	// texts count wherever they are.
	texts []string
}

// addCode adds a code, plain and in the usual encodings.
func (s *secrets) addCode(code string) {
	s.digits = append(s.digits, code)
	s.texts = append(s.texts, hex.EncodeToString([]byte(code)), base64.StdEncoding.EncodeToString([]byte(code)))
}

// addPhone adds a number; without its plus it is found with and without.
func (s *secrets) addPhone(e164 string) { s.digits = append(s.digits, strings.TrimPrefix(e164, "+")) }

// addMessageID adds a wamid, which holds the recipient's number in base64.
func (s *secrets) addMessageID(id string) {
	s.texts = append(s.texts, strings.TrimRight(strings.TrimPrefix(id, "wamid."), "="))
}

// find says which secrets a text holds, with a few characters around them.
func (s *secrets) find(where string, text []byte) []string {
	var found []string
	report := func(what string, at int) {
		around := text[max(0, at-30):min(len(text), at+len(what)+30)]
		found = append(found, fmt.Sprintf("%s at byte %d of %s: ...%q...", what, at, where, around))
	}
	for _, digits := range s.digits {
		if at := indexDigits(text, digits); at >= 0 {
			report(digits, at)
		}
	}
	for _, t := range s.texts {
		if at := bytes.Index(text, []byte(t)); at >= 0 {
			report(t, at)
		}
	}
	return found
}

// indexDigits is where digits stand with no digit beside them, or -1.
func indexDigits(text []byte, digits string) int {
	for from := 0; ; {
		at := bytes.Index(text[from:], []byte(digits))
		if at < 0 {
			return -1
		}
		at += from
		end := at + len(digits)
		if !(at > 0 && isDigit(text[at-1])) && !(end < len(text) && isDigit(text[end])) {
			return at
		}
		from = at + 1
	}
}

func isDigit(b byte) bool { return '0' <= b && b <= '9' }

// findStored looks through all that a courier has written: its tables in a PostgreSQL,
// and every file: log, database, WAL and whatever else lies in its directory, but for
// some.
func (s *secrets) findStored(ctx context.Context, c *testkit.Courier, but ...string) ([]string, error) {
	tables, err := c.Tables(ctx)
	if err != nil {
		return nil, err
	}
	var found []string
	for name, raw := range tables {
		found = append(found, s.find("the table "+name, raw)...)
	}
	err = filepath.WalkDir(c.Dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || slices.Contains(but, path) {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		found = append(found, s.find(filepath.Base(path), text)...)
		return nil
	})
	if os.IsNotExist(err) { // A file of SQLite that has just gone.
		err = nil
	}
	return slices.Compact(found), err
}
