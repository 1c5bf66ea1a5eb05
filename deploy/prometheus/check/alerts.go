package main

import (
	"bytes"
	"fmt"
	"regexp"

	"go.yaml.in/yaml/v3"
)

type alert struct {
	Name        string            `json:"name"`
	Labels      map[string]string `json:"labels"`
	Annotations map[string]string `json:"annotations"`
	query
}

// rules is a file of alerting rules, as Prometheus documents it.
type rules struct {
	Groups []struct {
		Name  string
		Rules []struct {
			Alert, Expr, For    string
			Labels, Annotations map[string]string
		}
	}
}

// inAnnotations finds the labels that an annotation shows.
var inAnnotations = regexp.MustCompile(`\$labels\.(\w+)`)

// readAlerts reads a file of rules.
func readAlerts(text []byte) ([]alert, error) {
	var file rules
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	if err := decoder.Decode(&file); err != nil {
		return nil, err
	}
	var all []alert
	for _, group := range file.Groups {
		for _, rule := range group.Rules {
			q, err := readQuery(rule.Expr, inAnnotations, rule.Annotations["summary"], rule.Annotations["description"])
			if err != nil {
				return nil, fmt.Errorf("%s: %w", rule.Alert, err)
			}
			all = append(all, alert{rule.Alert, rule.Labels, rule.Annotations, q})
		}
	}
	return all, nil
}
