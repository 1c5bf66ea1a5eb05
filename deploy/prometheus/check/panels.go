package main

import (
	"encoding/json"
	"fmt"

	sdk "github.com/grafana/grafana-foundation-sdk/go/dashboard"
)

// panelParts are the parts of a panel that Grafana's library does not look into.
type panelParts struct {
	Targets []target
	Options options
	Custom  custom
}

// target is what a panel asks Prometheus for.
type target struct {
	RefID, Expr, LegendFormat, Format string
	Instant                           bool
}

// options are how panels look: of timeseries, stat, table, state-timeline and heatmap.
type options struct {
	Legend struct {
		DisplayMode, Placement string
		ShowLegend             bool
	}
	Tooltip struct {
		Mode, Sort                 string
		ShowColorScale, YHistogram bool
	}
	ColorMode, GraphMode string
	ReduceOptions        struct{ Calcs []string }
	ShowHeader           bool
	MergeValues          bool
	ShowValue            string
	Calculate            bool
	Color                struct {
		Mode, Scheme string
		Steps        int
	}
	YAxis   struct{ Unit, AxisPlacement string }
	CellGap int
}

// custom is what only timeseries have of their fields.
type custom struct {
	FillOpacity int
	Stacking    struct{ Mode, Group string }
}

func readParts(text []byte) ([]panelParts, error) {
	var raw struct {
		Panels []struct {
			Targets              []json.RawMessage
			Options, FieldConfig json.RawMessage
		}
	}
	if err := json.Unmarshal(text, &raw); err != nil {
		return nil, err
	}
	var all []panelParts
	for i, from := range raw.Panels {
		fail := func(part string, err error) error { return fmt.Errorf("panels[%d].%s: %w", i, part, err) }
		var p panelParts
		for _, asked := range from.Targets {
			var t target
			if err := strictly(asked, &t); err != nil {
				return nil, fail("targets", err)
			}
			p.Targets = append(p.Targets, t)
		}
		if err := strictly(from.Options, &p.Options); err != nil {
			return nil, fail("options", err)
		}
		// The library reads it without looking for what it does not know.
		if err := faults(new(sdk.FieldConfigSource).UnmarshalJSONStrict(from.FieldConfig)); err != nil {
			return nil, fail("fieldConfig", err)
		}
		var field struct {
			Defaults struct{ Custom json.RawMessage }
		}
		if err := json.Unmarshal(from.FieldConfig, &field); err != nil {
			return nil, fail("fieldConfig", err)
		}
		if field.Defaults.Custom != nil {
			if err := strictly(field.Defaults.Custom, &p.Custom); err != nil {
				return nil, fail("fieldConfig.defaults.custom", err)
			}
		}
		all = append(all, p)
	}
	return all, nil
}
