package target

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Answers are what only the people who know a courier can say of it. An empty one
// leaves the example's.
type Answers struct {
	// Name is whose report it is.
	Name string
	// Command starts it, as one would type it.
	Command string
	// Messages and Events are the paths that Kratos posts to, such as /messages,
	// and Webhook the one that Meta posts to. Without an answer to the last two it
	// has none.
	Messages, Events, Webhook string
	// Header is the name of the header that opens the endpoints for Kratos.
	Header string
	// Claims are what it claims, separated by commas.
	Claims string
}

// File is the example with these answers in it.
func (a Answers) File() (string, error) {
	text := Example
	var err error
	set := func(from, format string, value any) {
		raw, fault := yaml.Marshal(value)
		if !strings.Contains(text, from) || fault != nil {
			err = fmt.Errorf("the example has no %q", from)
			return
		}
		text = strings.Replace(text, from, fmt.Sprintf(format, strings.TrimSpace(string(raw))), 1)
	}
	if a.Name != "" {
		set("name: my-courier", "name: %s", a.Name)
	}
	if words := strings.Fields(a.Command); len(words) > 0 {
		set("[node, server.js]", "%s", flow(words))
	}
	if a.Events != "" {
		set("# events:\n#   url: http://127.0.0.1:{{.Port}}/events\n#   header: X-API-Key\n#   value: \"{{.Key}}\"",
			"events:\n  url: %s\n  header: X-API-Key\n  value: \"{{.Key}}\"", "http://127.0.0.1:{{.Port}}"+a.Events)
	}
	if a.Messages != "" {
		set("http://127.0.0.1:{{.Port}}/messages", "%s", "http://127.0.0.1:{{.Port}}"+a.Messages)
	}
	if a.Webhook != "" {
		set("# webhook: http://127.0.0.1:{{.PublicPort}}/webhook", "webhook: %s", "http://127.0.0.1:{{.PublicPort}}"+a.Webhook)
	}
	if a.Header != "" {
		text = strings.ReplaceAll(text, "header: X-API-Key", "header: "+a.Header)
	}
	if claims := strings.FieldsFunc(a.Claims, func(r rune) bool { return r == ',' || r == ' ' }); len(claims) > 0 {
		set("claims: []", "claims: %s", flow(claims))
		if slices.Contains(claims, "fallback") {
			text = strings.ReplaceAll(text, "# FALLBACK_", "FALLBACK_")
		}
	}
	return text, err
}

// flow is a list that is written in one line.
func flow(words []string) yaml.Node {
	list := yaml.Node{Kind: yaml.SequenceNode, Style: yaml.FlowStyle}
	for _, word := range words {
		list.Content = append(list.Content, &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: word})
	}
	return list
}
