package app

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAdminKeysMayHaveNameAndRole(t *testing.T) {
	t.Parallel()
	c, err := load(t, write(t, minimal), write(t, `
admin:
  api_keys:
    - a-plain-key-of-admin
    - {name: anna, key: the-key-of-anna-1}
    - {name: dashboard, role: read, key: the-key-of-the-dashboard}
`))
	require.NoError(t, err)
	require.Equal(t, []AdminKey{
		{Key: "a-plain-key-of-admin", plain: true},
		{Name: "anna", Key: "the-key-of-anna-1"},
		{Name: "dashboard", Role: "read", Key: "the-key-of-the-dashboard"},
	}, c.Admin.APIKeys)
	require.NotContains(t, fmt.Sprintf("%v %+v %#v", c.Admin.APIKeys, c.Admin.APIKeys, c.Admin.APIKeys), "-key-of-")
}

func TestFaultyAdminKeysAreNamed(t *testing.T) {
	t.Parallel()
	for keys, says := range map[string]string{
		`[{name: anna}]`:                                     "admin.api_keys.0.key: is missing",
		`[{key: the-key-of-anna-1}]`:                         "admin.api_keys.0.name: is missing",
		`[{name: anna, key: short}]`:                         "admin.api_keys.0.key: must have at least 16 characters",
		`[{name: Anna B, key: the-key-of-anna-1}]`:           "admin.api_keys.0.name: must be a name of at most 32",
		`[{name: anna, role: root, key: the-key-of-anna-1}]`: `admin.api_keys.0.role: must be one of "read", "full"`,
		`[{name: anna, rule: read, key: the-key-of-anna-1}]`: "admin.api_keys.0.rule: there is no such setting",
		`[5]`: "admin.api_keys.0: must be a key in quotes, or a section with name, role and key",
		`[a-plain-key-of-admin, {name: a, key: " the-key-of-a-1"}]`: "admin.api_keys.1.key: has white space",
		`[" a-plain-key-of-admin"]`:                                 "admin.api_keys.0: has white space",
		`[{name: a, key: replace-me-with-a-key}]`:                   "admin.api_keys.0.key: is still the example's",
	} {
		_, err := load(t, write(t, minimal), write(t, "admin: {api_keys: "+keys+"}"))
		require.ErrorContains(t, err, says, keys)
	}
}

func TestAdminKeysOfTheEnvironmentMayHaveNames(t *testing.T) {
	t.Setenv("ADMIN_API_KEYS", `[{"name": "anna", "role": "read", "key": "the-key-of-anna-1"}]`)
	c, err := load(t, write(t, minimal))
	require.NoError(t, err)
	require.Equal(t, []AdminKey{{Name: "anna", Role: "read", Key: "the-key-of-anna-1"}}, c.Admin.APIKeys)
}
