package app

import (
	"cmp"
	"encoding/json"
	"fmt"

	"github.com/knadh/koanf/v2"
	"github.com/ory/x/castx"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier/internal/auth"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/internal/secret"
)

// AdminKey is a key for /admin. In the configuration it may also be only the key.
type AdminKey struct {
	Name string      `koanf:"name"`
	Role string      `koanf:"role"`
	Key  secret.Text `koanf:"key"`
	// plain: it is only the key.
	plain bool
}

// roleRead is the role that may only look.
const roleRead = "read"

// UnmarshalText takes only the key.
func (k *AdminKey) UnmarshalText(text []byte) error {
	*k = AdminKey{Key: secret.Text(text), plain: true}
	return nil
}

// adminKeys are those of the configuration. One without a name is called by its place.
func (c *Config) adminKeys() (ring auth.Keyring) {
	for i, k := range c.Admin.APIKeys {
		ring.Add(k.Key.Reveal(), auth.Holder{Name: cmp.Or(k.Name, fmt.Sprint("admin.api_keys.", i)), ReadOnly: k.Role == roleRead})
	}
	return ring
}

// splitAdminKeys makes a list of the keys that the environment has as JSON, or with
// commas between them: configx does so for lists that may hold nothing but texts.
func splitAdminKeys(values *koanf.Koanf) error {
	const path = "admin.api_keys"
	text, ok := values.Get(path).(string)
	if !ok {
		return nil
	}
	var list []any
	if json.Unmarshal([]byte(text), &list) == nil {
		return values.Set(path, list)
	}
	return values.Set(path, castx.ToStringSlice(text))
}
