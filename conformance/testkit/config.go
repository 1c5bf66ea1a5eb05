package testkit

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"os"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Config is a YAML configuration as nested maps.
type Config map[string]any

// Set puts a value at a dotted path such as "fallback.after" and makes the maps
// on the way.
func (c Config) Set(path string, value any) {
	keys := strings.Split(path, ".")
	node := map[string]any(c)
	for _, key := range keys[:len(keys)-1] {
		next, ok := node[key].(map[string]any)
		if !ok {
			next = map[string]any{}
			node[key] = next
		}
		node = next
	}
	node[keys[len(keys)-1]] = value
}

// Get returns what is at a dotted path, or nil.
func (c Config) Get(path string) any {
	var node any = map[string]any(c)
	for key := range strings.SplitSeq(path, ".") {
		fields, ok := node.(map[string]any)
		if !ok {
			return nil
		}
		node = fields[key]
	}
	return node
}

func parseConfig(name string, raw []byte) (Config, error) {
	// A plain map: the decoder would give the maps inside the type of this one.
	c := map[string]any{}
	if err := yaml.Unmarshal(raw, &c); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return c, nil
}

// uncomment adds a top-level key that the text has in a comment, with the courier's
// URL in place of the one that stands there.
func (c Config) uncomment(commented []byte, key, courierURL string) error {
	_, after, found := strings.Cut(string(commented), "\n# "+key+":\n")
	if !found {
		return fmt.Errorf("no commented lines %q", key)
	}
	var lines []string
	for line := range strings.Lines(after) {
		text, commented := strings.CutPrefix(line, "# ")
		if !commented {
			break
		}
		lines = append(lines, text)
	}
	var value any
	text := strings.ReplaceAll(strings.Join(lines, ""), "http://127.0.0.1:4480", courierURL)
	if err := yaml.Unmarshal([]byte(text), &value); err != nil {
		return fmt.Errorf("commented lines %q: %w", key, err)
	}
	c[key] = value
	return nil
}

func (c Config) write(file string) error {
	raw, err := yaml.Marshal(map[string]any(c))
	if err != nil {
		return fmt.Errorf("write %s: %w", file, err)
	}
	return os.WriteFile(file, raw, 0o600)
}

// Secret returns 64 random hexadecimal characters.
func Secret() string {
	raw := make([]byte, 32)
	_, _ = rand.Read(raw) // It never fails: Go ends the program instead.
	return hex.EncodeToString(raw)
}
