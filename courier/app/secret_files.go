package app

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"strings"
	"unicode/utf8"

	"github.com/ory/x/castx"
)

const (
	// filePrefix begins the value of a setting whose secret stands in a file.
	filePrefix = "file://"
	// fileSuffix ends the name of a variable that names such a file.
	fileSuffix = "_FILE"
	// longestSecret bounds what is read of such a file: who names another file by
	// mistake is told so.
	longestSecret = 64 << 10
)

// secretFiles takes secrets from the files that a configuration names instead of them.
type secretFiles struct {
	// files are the files that secrets came from, by path of the setting.
	files map[string]string
	// faults name files that cannot be read, never what stands in them.
	faults []string
}

// fill puts secrets into a tree of settings: first those of variables such as
// WHATSAPP_ACCESS_TOKEN_FILE, then those that the tree names as file://.
func (s *secretFiles) fill(tree map[string]any) {
	s.files = make(map[string]string)
	for path, list := range secretSettings() {
		s.fromVariable(tree, path, list)
	}
	eachLeaf(reflect.TypeFor[Config](), "", tree, func(t reflect.Type, path string, value any) any {
		text, _ := value.(string)
		file, named := strings.CutPrefix(text, filePrefix)
		if !named || !isSecret(t) && path != "dsn" || s.files[path] != "" {
			return value
		}
		content, err := readSecret(file)
		if err != nil {
			s.faults = append(s.faults, at(path, err.Error()))
			return value
		}
		s.files[path] = file
		return content
	})
}

// fromVariable does what a variable with the text itself would do. A list may also
// stand there with one secret a line.
func (s *secretFiles) fromVariable(tree map[string]any, path string, list bool) {
	name := variable(path)
	file := os.Getenv(name + fileSuffix)
	switch {
	case file == "":
		return
	case os.Getenv(name) != "":
		s.faults = append(s.faults, at(path, "the environment has both "+name+" and "+name+fileSuffix+"; unset one of them"))
		return
	}
	content, err := readSecret(file)
	if err != nil {
		s.faults = append(s.faults, at(path, "the environment variable "+name+fileSuffix+": "+err.Error()))
		return
	}
	s.files[path] = file
	if list {
		set(tree, path, splitSecrets(content))
	} else {
		set(tree, path, content)
	}
}

// readSecret is what stands in a file, without the line break at its end.
func readSecret(name string) (string, error) {
	file, err := os.Open(name) //nolint:gosec // the operator names it
	if err != nil {
		return "", fmt.Errorf("cannot read the secret: %w", unopened(name, err))
	}
	defer file.Close()
	content, err := io.ReadAll(io.LimitReader(file, longestSecret+1))
	switch text := strings.TrimRight(string(content), "\r\n"); {
	case err != nil:
		return "", fmt.Errorf("cannot read the secret: %w", err)
	case len(content) > longestSecret:
		return "", fmt.Errorf("the file %s has more than %d KiB; it must hold the secret and nothing else", name, longestSecret>>10)
	case text == "":
		return "", errors.New("the file " + name + " is empty; it must hold the secret")
	case !utf8.ValidString(text):
		return "", errors.New("the file " + name + " is no text; it must hold the secret as text")
	default:
		return text, nil
	}
}

// splitSecrets reads a list: as JSON, or with line breaks or commas between them.
func splitSecrets(text string) []any {
	var list []any
	if json.Unmarshal([]byte(text), &list) == nil {
		return list
	}
	for line := range strings.Lines(text) {
		for _, item := range castx.ToStringSlice(strings.TrimRight(line, "\r\n")) {
			list = append(list, item)
		}
	}
	return list
}

// secretSettings are the settings that may have a variable with _FILE at its end, by
// path: those that are one secret, and those that are a list of secrets (true).
func secretSettings() map[string]bool {
	found := map[string]bool{"dsn": false}
	for _, path := range settings() {
		t := reflect.TypeFor[Config]()
		for name := range strings.SplitSeq(path, ".") {
			t = memberType(t, name)
		}
		switch {
		case t == nil:
		case isSecret(t):
			found[path] = false
		case isSecret(elementType(t)):
			found[path] = true
		}
	}
	return found
}

// set puts a value into a tree of settings.
func set(tree map[string]any, path string, value any) {
	names := strings.Split(path, ".")
	for _, name := range names[:len(names)-1] {
		section, ok := tree[name].(map[string]any)
		if !ok { // absent, or what the schema refuses
			section = make(map[string]any)
			tree[name] = section
		}
		tree = section
	}
	tree[names[len(names)-1]] = value
}
