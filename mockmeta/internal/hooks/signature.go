package hooks

import (
	"fmt"
	"strings"
	"unicode/utf16"

	"github.com/kratos-whatsapp/kratos-whatsapp/mockmeta/internal/meta"
)

// sign is the value of X-Hub-Signature-256 for exactly these bytes.
func sign(secret string, body []byte) string {
	return "sha256=" + meta.HexMAC(secret, body)
}

// escapeASCII rewrites JSON as Meta sends it: everything beyond ASCII as
// lower-case \u escapes, and slashes escaped. A receiver that signs re-encoded
// JSON instead of the raw bytes gets another signature.
func escapeASCII(raw []byte) []byte {
	var b strings.Builder
	b.Grow(len(raw))
	for _, r := range string(raw) {
		switch {
		case r == '/':
			b.WriteString(`\/`)
		case r < 0x80:
			b.WriteByte(byte(r))
		case r < 0x10000:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			high, low := utf16.EncodeRune(r)
			fmt.Fprintf(&b, `\u%04x\u%04x`, high, low)
		}
	}
	return []byte(b.String())
}
