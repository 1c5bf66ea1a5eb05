package selftest

import (
	"bytes"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/report"
)

// shortest is the shortest secret that is looked for: one of fewer characters
// turns up by chance.
const shortest = 4

// Leaks says which file of a report shows a secret of its run, by the kind of the
// secret. It looks with other eyes than the redaction: for the plain value only,
// digits where no digit is beside them.
func Leaks(files map[string][]byte, secrets []report.Secret) []string {
	var found []string
	for name, content := range files {
		for _, secret := range secrets {
			value := strings.TrimPrefix(secret.Value, "+")
			if len(value) >= shortest && standsAlone(content, []byte(value)) {
				found = append(found, fmt.Sprintf("%s shows a %s", filepath.Base(name), secret.Kind))
			}
		}
	}
	return found
}

// standsAlone reports whether a value is there with no digit beside it.
func standsAlone(content, value []byte) bool {
	for rest := content; ; {
		at := bytes.Index(rest, value)
		if at < 0 {
			return false
		}
		end := at + len(value)
		if (at == 0 || !isDigit(rest[at-1])) && (end == len(rest) || !isDigit(rest[end])) {
			return true
		}
		rest = rest[at+1:]
	}
}

func isDigit(b byte) bool { return '0' <= b && b <= '9' }
