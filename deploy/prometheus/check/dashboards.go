package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/grafana/grafana-foundation-sdk/go/cog"
	sdk "github.com/grafana/grafana-foundation-sdk/go/dashboard"
)

type dashboard struct {
	UID       string   `json:"uid"`
	Title     string   `json:"title"`
	Tags      []string `json:"tags"`
	Panels    []panel  `json:"panels"`
	Variables []query  `json:"variables"`
}

type panel struct {
	ID      uint32    `json:"id"`
	Title   string    `json:"title"`
	Unit    string    `json:"unit"`
	At      [4]uint32 `json:"at"`
	Queries []query   `json:"queries"`
}

// classic is the form in which Grafana reads dashboards from files; newer ones are for its API.
type classic = sdk.Dashboard //nolint:staticcheck // it is called deprecated for that

// What Grafana puts into an expression before it asks Prometheus.
var inGrafana = strings.NewReplacer("$__rate_interval", "1m", "$__range", "1h", "$job", ".*")

var (
	inLegends   = regexp.MustCompile(`\{\{\s*(\w+)\s*\}\}`)
	labelValues = regexp.MustCompile(`^label_values\((.+), (\w+)\)$`)
)

// readDashboard reads a dashboard as Grafana's own library describes it. The library's
// packages for what panels ask and how they look take a minute to compile, so of these
// panelParts has what we use.
func readDashboard(text []byte) (dashboard, error) {
	// Read strictly it finds all faults, and then leaves out the panels that have none.
	if err := faults(new(classic).UnmarshalJSONStrict(text)); err != nil {
		return dashboard{}, err
	}
	var read classic
	if err := json.Unmarshal(text, &read); err != nil {
		return dashboard{}, err
	}
	if err := faults(read.Validate()); err != nil {
		return dashboard{}, err
	}
	if read.Uid == nil || read.Title == nil {
		return dashboard{}, errors.New("uid or title is missing")
	}
	d := dashboard{UID: *read.Uid, Title: *read.Title, Tags: read.Tags}
	for _, variable := range read.Templating.List {
		q, err := readVariable(variable)
		if err != nil {
			return dashboard{}, fmt.Errorf("variable %s: %w", variable.Name, err)
		}
		d.Variables = append(d.Variables, q...)
	}
	parts, err := readParts(text)
	if err != nil {
		return dashboard{}, err
	}
	for i, either := range read.Panels {
		if either.Panel == nil {
			return dashboard{}, fmt.Errorf("panels[%d]: is a row", i)
		}
		p, err := readPanel(*either.Panel, parts[i])
		if err != nil {
			return dashboard{}, fmt.Errorf("panels[%d]: %w", i, err)
		}
		d.Panels = append(d.Panels, p)
	}
	return d, nil
}

// faults is an error of the library, or nil: without any fault it returns an empty list of
// them, which is an error that is not nil.
func faults(err error) error {
	var list cog.BuildErrors
	if errors.As(err, &list) && len(list) == 0 {
		return nil
	}
	return err
}

func readPanel(from sdk.Panel, parts panelParts) (panel, error) {
	if from.Id == nil || from.Title == nil || from.GridPos == nil || from.FieldConfig.Defaults.Unit == nil {
		return panel{}, errors.New("id, title, gridPos or unit is missing")
	}
	at := from.GridPos
	p := panel{ID: *from.Id, Title: *from.Title, Unit: *from.FieldConfig.Defaults.Unit, At: [4]uint32{at.X, at.Y, at.W, at.H}}
	for _, target := range parts.Targets {
		q, err := readQuery(inGrafana.Replace(target.Expr), inLegends, target.LegendFormat)
		if err != nil {
			return panel{}, fmt.Errorf("%s: %w", p.Title, err)
		}
		p.Queries = append(p.Queries, q)
	}
	return p, nil
}

// readVariable is what a variable asks Prometheus for: label_values(metric, label).
func readVariable(from sdk.VariableModel) ([]query, error) {
	if from.Type != sdk.VariableTypeQuery {
		return nil, nil
	}
	if from.Query == nil || from.Query.String == nil {
		return nil, errors.New("its query is no text")
	}
	found := labelValues.FindStringSubmatch(*from.Query.String)
	if found == nil {
		return nil, fmt.Errorf("%s is no label_values(metric, label)", *from.Query.String)
	}
	q, err := readQuery(fmt.Sprintf("group by (%s) (%s)", found[2], found[1]), inLegends)
	return []query{q}, err
}

// strictly decodes JSON in which no key may be unknown.
func strictly(text json.RawMessage, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	return decoder.Decode(into)
}
