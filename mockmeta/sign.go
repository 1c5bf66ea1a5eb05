package mockmeta

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"unicode/utf16"
)

// sign is the value of X-Hub-Signature-256 for exactly these bytes.
func sign(secret string, body []byte) string {
	return "sha256=" + hexMAC(secret, body)
}

// hexMAC is the HMAC-SHA256 of these bytes in lower-case hex.
func hexMAC(secret string, raw []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(raw)
	return hex.EncodeToString(mac.Sum(nil))
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
