package app

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier"
	"github.com/kratos-whatsapp/kratos-whatsapp/courier/sms"
)

// printedSetting is one line of `config print --format json`.
type printedSetting struct {
	Path  string `json:"path"`
	Value any    `json:"value"`
	// Origin is default, file, environment or secret_file, and From the file or the
	// variable.
	Origin string `json:"origin"`
	From   string `json:"from,omitempty"`
}

// printedSettings are all settings with their values and origins, by path.
func (r *reading) printedSettings() []printedSetting {
	var all []printedSetting
	r.walk("", reflect.TypeFor[Config](), r.tree, func(s printedSetting) *yaml.Node {
		all = append(all, s)
		return &yaml.Node{}
	})
	return all
}

// yaml is the configuration as a file, with a comment that says where each value comes
// from.
func (r *reading) yaml() *yaml.Node {
	return r.walk("", reflect.TypeFor[Config](), r.tree, func(s printedSetting) *yaml.Node {
		node := &yaml.Node{}
		if err := node.Encode(s.Value); err != nil { // it was read from YAML or JSON
			node.SetString(hidden)
		}
		node.LineComment = origin{s.Origin, s.From}.String()
		return node
	})
}

// walk makes a document of what `leaf` makes of each setting, in the order of their names.
func (r *reading) walk(path string, t reflect.Type, value any, leaf func(printedSetting) *yaml.Node) *yaml.Node {
	switch v := value.(type) {
	case map[string]any:
		if len(v) == 0 {
			break
		}
		section := &yaml.Node{Kind: yaml.MappingNode}
		for _, name := range slices.Sorted(maps.Keys(v)) {
			key := &yaml.Node{}
			key.SetString(name)
			section.Content = append(section.Content, key, r.walk(below(path, name), memberType(t, name), v[name], leaf))
		}
		return section
	case []any:
		if len(v) == 0 {
			break
		}
		list := &yaml.Node{Kind: yaml.SequenceNode}
		for i, item := range v {
			list.Content = append(list.Content, r.walk(below(path, strconv.Itoa(i)), elementType(t), item, leaf))
		}
		return list
	}
	from := r.origin(path)
	return leaf(printedSetting{Path: path, Value: shown(t, path, value), Origin: from.Kind, From: from.Name})
}

// hidden stands for a secret.
const hidden = "[redacted]"

// shown is a value as anyone may see it: without secrets, and without what may hold one.
func shown(t reflect.Type, path string, value any) any {
	text, ok := value.(string)
	switch {
	case !ok || text == "":
		return value
	case isSecret(t):
		return hidden
	case t == reflect.TypeFor[sms.Snippet]() && !strings.HasPrefix(text, filePrefix):
		return hidden // a program may hold a credential
	case path == "dsn", strings.Contains(text, "://"):
		return withoutCredentials(text)
	}
	if phone, err := courier.ParsePhone(text); err == nil && strings.HasPrefix(text, "+") {
		return phone.Masked()
	}
	return text
}

// withoutCredentials is a URL without its password and without the values of its query,
// of which any may be a key.
func withoutCredentials(text string) string {
	u, err := url.Parse(text)
	if err != nil {
		return hidden
	}
	if _, set := u.User.Password(); set {
		u.User = url.UserPassword(u.User.Username(), "redacted")
	}
	query := u.Query()
	for name := range query {
		query.Set(name, "redacted")
	}
	u.RawQuery = query.Encode()
	return u.String()
}

// print writes the configuration.
func (r *reading) print(w io.Writer, format string) error {
	if format == "json" {
		encoder := json.NewEncoder(w)
		encoder.SetIndent("", "  ")
		encoder.SetEscapeHTML(false)
		return encoder.Encode(r.printedSettings())
	}
	encoder := yaml.NewEncoder(w)
	encoder.SetIndent(2)
	if err := encoder.Encode(r.yaml()); err != nil {
		return fmt.Errorf("the configuration cannot be printed: %w", err)
	}
	return encoder.Close()
}
