package app

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"reflect"
)

// fingerprints are what tells one value of a setting from another, by path, without
// telling the value: it takes secrets.lookup to make one.
func (c *Config) fingerprints() map[string]string {
	made := make(map[string]string)
	// What the function returns is what stands there already.
	_ = eachLeaf(reflect.TypeFor[Config](), "", c.read.tree, func(_ reflect.Type, path string, value any) any {
		if text, err := json.Marshal(value); err == nil { // it was read from YAML or JSON
			made[path] = fingerprint(c.Secrets.Lookup.Reveal(), path, text)
		}
		return value
	})
	return made
}

// fingerprint is bound to the path, so that two settings of the same value do not look
// alike.
func fingerprint(key, path string, value []byte) string {
	mac := hmac.New(sha256.New, []byte(key))
	_, _ = mac.Write([]byte("whatsapp-courier setting " + path + "\x00")) // it never fails
	_, _ = mac.Write(value)
	return hex.EncodeToString(mac.Sum(nil)[:12])
}
