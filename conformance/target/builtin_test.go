package target_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance"
	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/catalogue"
	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/target"
)

func TestWhatIsBuiltInIsATarget(t *testing.T) {
	t.Parallel()
	requirements, err := catalogue.Parse(conformance.Requirements)
	require.NoError(t, err)
	var claims []string
	for _, word := range requirements.Claims {
		claims = append(claims, word.Name)
	}
	require.Equal(t, []string{"ory-express", "whatsapp-courier"}, target.Builtin())
	for _, name := range target.Builtin() {
		got, err := target.LoadBuiltin(name, claims)
		require.NoError(t, err, name)
		require.Equal(t, name, got.Name)
		require.NotEmpty(t, got.URL, name)
		require.True(t, got.NeedsDir(), "%s is no part of the suite", name)
	}
	ours, err := target.LoadBuiltin("whatsapp-courier", claims)
	require.NoError(t, err)
	require.Equal(t, claims, ours.Claims, "it makes every claim that there is")
	for _, setting := range target.Usual().With(target.Settings{RefusedCountry: "GB", RefusedPrefix: "+44"}).Access() {
		require.Contains(t, ours.Access(), setting, "it can be told each setting")
	}
	_, err = target.LoadBuiltin("none", claims)
	require.EqualError(t, err, "there is no target none")
}

func TestFilesOfATarget(t *testing.T) {
	t.Parallel()
	with := func(name string) string {
		return strings.Replace(target.Example, "  # Answers 200", "  files:\n    "+name+": \"{window: {{.LimitWindow}}, in: {{.TargetDir}}}\"\n  # Answers 200", 1)
	}
	was, err := load(t, with("settings.json"))
	require.NoError(t, err)
	require.Contains(t, was.Access(), "limit-window", "a file tells it, too")
	require.True(t, was.NeedsDir())
	got, err := target.Values{TargetDir: "/here", Settings: target.Usual()}.Fill(was)
	require.NoError(t, err)
	require.Equal(t, map[string]string{"settings.json": "{window: 10m, in: /here}"}, got.Start.Files)
	require.Contains(t, was.Start.Files["settings.json"], "{{", "the target itself is as it was")
	for _, name := range []string{"../settings", "a/b", `"."`, `""`} {
		_, err = load(t, with(name))
		require.ErrorContains(t, err, "is no name of a file", name)
	}
	_, err = load(t, strings.Replace(with("f"), "window: {{.LimitWindow", "window: {{.Limit", 1))
	require.ErrorContains(t, err, "start.files.f: template")
	plain, err := load(t, target.Example)
	require.NoError(t, err)
	require.False(t, plain.NeedsDir())
}

func TestTheExampleNamesTheFolders(t *testing.T) {
	t.Parallel()
	require.Contains(t, target.Example, "{{.Dir}}")
	require.Contains(t, target.Example, "{{.TargetDir}}")
	readme, err := os.ReadFile(filepath.Join("..", "README.md"))
	require.NoError(t, err)
	for _, name := range target.Builtin() {
		require.Contains(t, string(readme), "--target "+name)
	}
}
