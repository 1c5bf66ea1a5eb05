// Command check reads alerting rules (*.yml) and Grafana's dashboards (*.json) with the
// libraries of Prometheus and Grafana, and prints as JSON what they ask Prometheus for.
// Whatever those libraries do not know is a fault.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
)

// report is what is printed.
type report struct {
	Alerts     []alert     `json:"alerts"`
	Dashboards []dashboard `json:"dashboards"`
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "check:", err)
		os.Exit(1)
	}
}

func run(files []string) error {
	var r report
	for _, file := range files {
		text, err := os.ReadFile(file) //nolint:gosec // the files that it is told to read
		if err != nil {
			return err
		}
		if filepath.Ext(file) == ".json" {
			d, err := readDashboard(text)
			if err != nil {
				return fmt.Errorf("%s: %w", file, err)
			}
			r.Dashboards = append(r.Dashboards, d)
			continue
		}
		alerts, err := readAlerts(text)
		if err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		r.Alerts = append(r.Alerts, alerts...)
	}
	out := json.NewEncoder(os.Stdout)
	out.SetIndent("", "  ")
	return out.Encode(r)
}
