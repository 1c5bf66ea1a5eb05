package report

import (
	"fmt"
	"os"
	"path/filepath"
)

// Write writes all reports into a folder, which it makes, and returns their
// names.
func Write(dir string, d Data, r *Redactor) ([]string, error) {
	d = clean(d, r)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("reports: %w", err)
	}
	var names []string
	for _, f := range []struct {
		name string
		make func(Data) ([]byte, error)
	}{
		{"report.html", HTML}, {"report.yaml", YAML}, {"report.json", JSON}, {"junit.xml", JUnit}, {"badge.svg", Badge},
	} {
		raw, err := f.make(d)
		if err != nil {
			return names, fmt.Errorf("%s: %w", f.name, err)
		}
		path := filepath.Join(dir, f.name)
		if err := os.WriteFile(path, r.Redact(raw), 0o644); err != nil {
			return names, fmt.Errorf("reports: %w", err)
		}
		names = append(names, path)
	}
	return names, nil
}
