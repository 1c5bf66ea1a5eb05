package admin

import (
	"encoding/csv"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// writeCSV writes a row for each line, after one with names, and before the total.
func (r report) writeCSV(w io.Writer) error {
	out := csv.NewWriter(w)
	rows := [][]string{{
		string(r.By), "messages", "suppressed", "sent", "delivered", "read", "used", "fallback", "failed", "fallback_share", "conversion",
		"median_seconds", "p95_seconds", "suppressed_by_reason", "failed_by_reason", "cost_" + strings.ToLower(r.Currency), "unpriced",
	}}
	for _, line := range r.Lines {
		rows = append(rows, line.row(line.Key))
	}
	return out.WriteAll(append(rows, r.Total.row("total")))
}

func (v totalView) row(key string) []string {
	row := []string{key}
	for _, n := range []int{v.Messages, v.Suppressed, v.Sent, v.Delivered, v.Read, v.Used, v.Fallback, v.Failed} {
		row = append(row, strconv.Itoa(n))
	}
	row = append(row, decimal(&v.FallbackShare), decimal(&v.Conversion), decimal(v.Median), decimal(v.P95))
	return append(row, reasonsRow(v.SuppressedByReason), reasonsRow(v.FailedByReason), decimal(&v.Cost), strconv.Itoa(v.Unpriced))
}

// decimal is a number without an exponent; "" when there is none.
func decimal(x *float64) string {
	if x == nil {
		return ""
	}
	return strconv.FormatFloat(*x, 'f', -1, 64)
}

// reasonsRow has all reasons in one cell, such as "absent=3 recipient=1".
func reasonsRow(reasons map[string]int) string {
	var texts []string
	for _, reason := range slices.Sorted(maps.Keys(reasons)) {
		texts = append(texts, fmt.Sprintf("%s=%d", reason, reasons[reason]))
	}
	return strings.Join(texts, " ")
}
