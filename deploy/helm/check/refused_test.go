package check

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"helm.sh/helm/v3/pkg/chartutil"
	"sigs.k8s.io/yaml"
)

func TestWhatCannotWorkIsRefused(t *testing.T) {
	t.Parallel()
	for values, want := range map[string]string{
		"replicas: 2":                  "SQLite is for one replica. Set database.kind to postgres",
		"autoscaling: {enabled: true}": "SQLite is for one replica. Set database.kind to postgres",
		"{database: {kind: postgres}, autoscaling: {enabled: true, min: 3, max: 2}}": "autoscaling.max: is less than autoscaling.min",
		"config: {dsn: memory}":                                                                        "config.dsn: the chart sets it for SQLite",
		"config: {whatsapp: {proxy_url: http://a}}":                                                    "config.whatsapp.proxy_url: is a secret",
		"config: {sms: {http: {auth: {type: api_key}}}}":                                               "config.sms.http.auth: is a secret",
		"config: {kratos: {basic_auth: {username: a}}}":                                                "config.kratos.basic_auth: is a secret",
		`config: {serve: {private: {host: "unix:/run/private.sock"}}}`:                                 "config.serve.private.host: no Service leads to a unix socket",
		"config: {serve: {private: {tls: {client_ca: {path: /ca.pem}}}}}":                              "config.serve.private.tls.client_paths: Kubernetes asks /health",
		"config: {serve: {private: {tls: {client_ca: {path: /ca.pem}, client_paths: [/kratos, /h]}}}}": "config.serve.private.tls.client_paths",
		"config: {sms: {routes: [{twilio: {auth_token: a}}]}}":                                         "config.sms.routes: twilio.auth_token is a secret",
		"config: {sms: {routes: [{provider: twilio}, {http: {headers: {X-Key: a}}}]}}":                 "config.sms.routes: http.headers is a secret",
		"config: {sms: {http: {headers: {X-Key: a}}}}":                                                 "config.sms.http.headers: is a secret",
		`env: {DSN: "postgres://a:b@c/d"}`:                                                             "env.DSN: is or has a secret",
		`env: {SMS_ROUTES: "[]"}`:                                                                      "env.SMS_ROUTES: is or has a secret",
		"replica: 2":                                                                                   "replica",
		"ingress: {enabled: true}":                                                                     "host",
		"database: {kind: mysql}":                                                                      "kind",
		"image: {digest: latest}":                                                                      "digest",
		"secrets: {env: {whatsapp-token: a}}":                                                          "whatsapp-token",
		"secrets: {existingSecret: \"\"}":                                                              "existingSecret",
	} {
		var v map[string]any
		require.NoError(t, yaml.UnmarshalStrict([]byte(values), &v))
		_, err := rendered(t, v)
		require.ErrorContains(t, err, want, values)
	}
}

// Whatever is a secret in the example configuration does not get into a ConfigMap.
func TestSecretsOfTheExampleAreRefused(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../courier.yml")
	require.NoError(t, err)
	var example map[string]any
	require.NoError(t, yaml.Unmarshal(text, &example))
	secrets := 0
	for path, value := range leaves("", example) {
		if !strings.Contains(value, "replace-me") {
			continue
		}
		secrets++
		_, err := rendered(t, chartutil.Values{"config": nested(path, value)})
		require.ErrorContains(t, err, "is a secret", path)
	}
	require.Greater(t, secrets, 5)
}

// leaves are the settings in a configuration, by path, as texts.
func leaves(path string, node map[string]any) map[string]string {
	found := make(map[string]string)
	for name, child := range node {
		here := strings.TrimPrefix(path+"."+name, ".")
		if section, ok := child.(map[string]any); ok {
			for p, value := range leaves(here, section) {
				found[p] = value
			}
			continue
		}
		text, err := yaml.Marshal(child)
		if err == nil {
			found[here] = string(text)
		}
	}
	return found
}

// So is whatever the courier's schema marks as a secret: below a map or in a list, too.
func TestSecretsOfTheSchemaAreRefused(t *testing.T) {
	t.Parallel()
	var schema map[string]any
	text, err := os.ReadFile(filepath.Join(repository, "courier/app/config.schema.json"))
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(text, &schema))
	marked := secretsOf(schema, schema)
	require.Greater(t, len(marked), 20)
	for _, secret := range marked {
		config, path := secret.value.(map[string]any), strings.Join(secret.path, ".")
		_, err := rendered(t, map[string]any{"config": config})
		require.ErrorContains(t, err, "is a secret", path)
		if !slices.Contains(secret.path, "routes") && !slices.Contains(secret.path, "key") { // those have no variable of their own
			variable := strings.ToUpper(strings.Join(secret.path, "_"))
			_, err = rendered(t, map[string]any{"env": map[string]any{variable: "a-secret"}})
			require.ErrorContains(t, err, "env."+variable+": is or has a secret", path)
			_, err = rendered(t, map[string]any{"env": map[string]any{variable + "_FILE": "/run/secrets/a-secret"}})
			require.NoError(t, err, path)
		}
	}
}

// markedSecret is a secret: its path without items and names that may be any, and a
// configuration with nothing else.
type markedSecret struct {
	path  []string
	value any
}

func secretsOf(root, node map[string]any) []markedSecret {
	if ref, ok := node["$ref"].(string); ok {
		node = root
		for name := range strings.SplitSeq(strings.TrimPrefix(ref, "#/"), "/") {
			node, _ = node[name].(map[string]any)
		}
	}
	if node["writeOnly"] == true {
		return []markedSecret{{value: "a-secret"}}
	}
	var found []markedSecret
	below := func(child any, path []string, wrap func(any) any) {
		if child, ok := child.(map[string]any); ok {
			for _, secret := range secretsOf(root, child) {
				found = append(found, markedSecret{append(path, secret.path...), wrap(secret.value)})
			}
		}
	}
	properties, _ := node["properties"].(map[string]any)
	for name, child := range properties {
		below(child, []string{name}, func(value any) any { return map[string]any{name: value} })
	}
	below(node["items"], nil, func(value any) any { return []any{value} })
	below(node["additionalProperties"], nil, func(value any) any { return map[string]any{"X-Any": value} })
	return found
}

// nested is a configuration with one setting.
func nested(path string, value any) any {
	parts := strings.Split(path, ".")
	for i := len(parts) - 1; i >= 0; i-- {
		value = map[string]any{parts[i]: value}
	}
	return value
}
