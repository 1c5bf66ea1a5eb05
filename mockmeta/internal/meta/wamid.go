package meta

import "encoding/base64"

// Directions inside a message id.
const (
	Outbound = 0x11
	Inbound  = 0x12
)

// WAMID mints a message id of Meta's shape: base64 over the phone number, the
// direction and a hex id. It contains the number in clear, as Meta's do.
func WAMID(number string, direction byte, hex string) string {
	blob := []byte{0x1c, 0x18, byte(len(number))}
	blob = append(blob, number...)
	blob = append(blob, 0x15, 0x02, 0x00, direction, 0x18, byte(len(hex)))
	blob = append(blob, hex...)
	return "wamid." + base64.StdEncoding.EncodeToString(append(blob, 0))
}
