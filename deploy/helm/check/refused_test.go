package check

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
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
		"replica: 2":                          "replica",
		"ingress: {enabled: true}":            "host",
		"database: {kind: mysql}":             "kind",
		"image: {digest: latest}":             "digest",
		"secrets: {env: {whatsapp-token: a}}": "whatsapp-token",
		"secrets: {existingSecret: \"\"}":     "existingSecret",
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

// So is whatever the program itself takes for a secret: only such a setting may be in a file
// that its variable with _FILE names.
func TestSecretsOfTheProgramAreRefused(t *testing.T) {
	t.Parallel()
	var schema map[string]any
	text, err := os.ReadFile(filepath.Join(repository, "courier/app/config.schema.json"))
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(text, &schema))
	check := exec.CommandContext(t.Context(), os.Getenv(courierBin), "config", "check")
	for _, name := range variables("", schema) {
		check.Env = append(check.Env, name+"_FILE=/not/there")
	}
	out, err := check.Output()
	require.Error(t, err)
	secrets := regexp.MustCompile(`(?m)^error +(\S+) .*cannot read the secret`).FindAllStringSubmatch(string(out), -1)
	require.Greater(t, len(secrets), 15)
	for _, found := range secrets {
		_, err := rendered(t, chartutil.Values{"config": nested(found[1], []string{"a-secret"})})
		require.ErrorContains(t, err, "Secret", found[1])
	}
}

// nested is a configuration with one setting.
func nested(path string, value any) any {
	parts := strings.Split(path, ".")
	for i := len(parts) - 1; i >= 0; i-- {
		value = map[string]any{parts[i]: value}
	}
	return value
}
