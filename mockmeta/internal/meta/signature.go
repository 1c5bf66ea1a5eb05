package meta

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
)

// HexMAC is the HMAC-SHA256 of these bytes in lower-case hex.
func HexMAC(secret string, raw []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(raw)
	return hex.EncodeToString(mac.Sum(nil))
}
