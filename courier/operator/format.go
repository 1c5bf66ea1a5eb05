package operator

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"go.yaml.in/yaml/v3"
)

// formats are the values of --format.
func formats() []string { return []string{"table", "json", "yaml"} }

// show prints an answer: as a table, or as the courier gave it.
func (s *session) show(answer json.RawMessage, table func(io.Writer)) error {
	switch s.format {
	case "json":
		var text bytes.Buffer
		if err := json.Indent(&text, answer, "", "  "); err != nil {
			return err
		}
		return s.print(strings.TrimSpace(text.String()) + "\n")
	case "yaml":
		text, err := asYAML(answer)
		if err != nil {
			return err
		}
		return s.print(text)
	}
	return s.table(table)
}

// line prints one of many answers, each by itself: a line of JSON, a document of YAML,
// or a row that the table has already aligned.
func (s *session) line(answer json.RawMessage, row string) error {
	switch s.format {
	case "json":
		return s.print(string(bytes.TrimSpace(answer)) + "\n")
	case "yaml":
		text, err := asYAML(answer)
		if err != nil {
			return err
		}
		return s.print("---\n" + text)
	}
	return s.print(row + "\n")
}

func (s *session) print(text string) error {
	_, err := io.WriteString(s.out, text)
	return err
}

// table aligns what is written with tabs between the columns.
func (s *session) table(write func(io.Writer)) error {
	w := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	write(w)
	return w.Flush()
}

// row writes a row of a table; Flush has the error.
func row(w io.Writer, cells ...any) {
	texts := make([]string, len(cells))
	for i, cell := range cells {
		texts[i] = fmt.Sprint(cell)
	}
	_, _ = io.WriteString(w, strings.Join(texts, "\t")+"\n")
}

// asYAML turns JSON, which is YAML, into its usual form, the fields in their order.
func asYAML(answer json.RawMessage) (string, error) {
	var document yaml.Node
	if err := yaml.Unmarshal(answer, &document); err != nil {
		return "", err
	}
	plain(&document)
	text, err := yaml.Marshal(&document)
	return string(text), err
}

// plain lets the encoder choose how each part is written.
func plain(n *yaml.Node) {
	n.Style = 0
	for _, child := range n.Content {
		plain(child)
	}
}

// clock is an instant as a table shows it.
func clock(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.UTC().Format("2006-01-02 15:04:05Z")
}

// dash stands for what there is not.
func dash(text string) string {
	if text == "" {
		return "-"
	}
	return text
}
