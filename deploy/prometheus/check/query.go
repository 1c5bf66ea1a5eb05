package main

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/promql/parser"
)

// query is an expression, and what it needs.
type query struct {
	Expr string `json:"expr"`
	// Uses are the metrics that it asks for.
	Uses []use `json:"uses"`
	// Shown are the labels that the text beside it shows; Kept are those that its result
	// has, or null if it has all of its metrics.
	Shown []string `json:"shown"`
	Kept  []string `json:"kept"`
}

// use is a metric, the labels by which it is chosen, added up or matched, and the values of
// labels by which it is chosen, as far as they are plain words.
type use struct {
	Metric string              `json:"metric"`
	Labels []string            `json:"labels"`
	Values map[string][]string `json:"values"`
}

// plain is a value that is no pattern.
var plain = regexp.MustCompile(`^[\w/]+$`)

// readQuery reads an expression; shown finds labels in the texts beside it.
func readQuery(expr string, shown *regexp.Regexp, texts ...string) (query, error) {
	parsed, err := parser.NewParser(parser.Options{}).ParseExpr(expr)
	if err != nil {
		return query{}, fmt.Errorf("%s: %w", expr, err)
	}
	q := query{Expr: expr, Shown: []string{}, Kept: kept(parsed)}
	for _, text := range texts {
		for _, found := range shown.FindAllStringSubmatch(text, -1) {
			q.Shown = append(q.Shown, found[1])
		}
	}
	parser.Inspect(parsed, func(node parser.Node, above []parser.Node) error {
		if s, ok := node.(*parser.VectorSelector); ok {
			q.Uses = append(q.Uses, use{s.Name, needed(s, above), values(s)})
		}
		return nil
	})
	return q, nil
}

// needed are the labels that a metric needs for what is done with it.
func needed(s *parser.VectorSelector, above []parser.Node) []string {
	names := make(map[string]bool)
	for _, m := range s.LabelMatchers {
		names[m.Name] = true
	}
	for _, node := range above {
		var more []string
		switch n := node.(type) {
		case *parser.AggregateExpr:
			more = n.Grouping
		case *parser.BinaryExpr:
			if n.VectorMatching != nil {
				more = n.VectorMatching.MatchingLabels
			}
		}
		for _, name := range more {
			names[name] = true
		}
	}
	delete(names, model.MetricNameLabel)
	return slices.Sorted(maps.Keys(names))
}

// values are the words of which a label must be one, or must not be.
func values(s *parser.VectorSelector) map[string][]string {
	all := make(map[string][]string)
	for _, m := range s.LabelMatchers {
		for word := range strings.SplitSeq(m.Value, "|") {
			if m.Name != model.MetricNameLabel && plain.MatchString(word) {
				all[m.Name] = append(all[m.Name], word)
			}
		}
	}
	return all
}

// kept are the labels of a result, or nil for all that its metrics have.
func kept(e parser.Expr) []string {
	switch e := e.(type) {
	case *parser.AggregateExpr:
		if e.Op.IsAggregatorWithParam() { // topk keeps what it was given
			return kept(e.Expr)
		}
		return append([]string{}, e.Grouping...)
	case *parser.BinaryExpr:
		if e.LHS.Type() == parser.ValueTypeScalar {
			return kept(e.RHS)
		}
		return kept(e.LHS)
	case *parser.Call:
		for _, arg := range e.Args {
			if t := arg.Type(); t == parser.ValueTypeVector || t == parser.ValueTypeMatrix {
				left := kept(arg)
				if e.Func.Name == "histogram_quantile" {
					left = slices.DeleteFunc(left, func(label string) bool { return label == model.BucketLabel })
				}
				return left
			}
		}
		return []string{}
	case *parser.ParenExpr:
		return kept(e.Expr)
	}
	return nil
}
