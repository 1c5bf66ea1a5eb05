package main

import (
	"bytes"
	_ "embed" // For the page.
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"text/template"
)

//go:embed capacity.md.tmpl
var pageText string

// rows are the logins of the busiest second that the page shows.
var rows = []float64{1, 10, 100, 1_000, 10_000, 100_000}

// page renders courier/docs/capacity.md.
func page(f figures) (string, error) {
	t, err := template.New("capacity").Funcs(template.FuncMap{
		"n": number, "bytes": size, "usd": dollars, "tier": tierText, "store": store, "of": f.of,
	}).Parse(pageText)
	if err != nil {
		return "", err
	}
	var all []need
	for _, logins := range rows {
		all = append(all, plan(f, logins))
	}
	var names []figure
	for _, name := range slices.Sorted(maps.Keys(f)) {
		names = append(names, f[name])
	}
	basis := map[string]int{"measured": 0, "documented": 1, "assumed": 2}
	slices.SortStableFunc(names, func(a, b figure) int { return basis[a.Basis] - basis[b.Basis] })
	var out bytes.Buffer
	err = t.Execute(&out, map[string]any{
		"Needs": all, "Figures": names, "SQLiteEnds": sqliteEnds(f), "ReplicaEnds": replicaEnds(f), "PostgresEnds": postgresEnds(f),
	})
	return out.String(), err
}

// number has commas, and as many digits as mean something.
func number(v float64) string {
	if v != 0 && math.Abs(v) < 10 && v != math.Trunc(v) {
		return strconv.FormatFloat(v, 'g', 2, 64)
	}
	text := strconv.FormatFloat(math.Round(v), 'f', 0, 64)
	for at := len(text) - 3; at > 0; at -= 3 {
		text = text[:at] + "," + text[at:]
	}
	return text
}

// size is a number of bytes.
func size(v float64) string {
	for _, unit := range []string{"B", "kB", "MB", "GB"} {
		if v < 1000 {
			return number(v) + " " + unit
		}
		v /= 1000
	}
	return number(v) + " TB"
}

// dollars has two digits that mean something.
func dollars(v float64) string {
	unit := math.Pow(10, max(0, math.Floor(math.Log10(v))-1))
	return number(math.Round(v/unit) * unit)
}

func tierText(tier float64) string {
	if tier == 0 {
		return "unlimited"
	}
	return number(tier)
}

// store says which one carries it.
func store(n need) string {
	switch {
	case n.OneProcess:
		return "SQLite, or PostgreSQL"
	case n.Databases == 1:
		return "one PostgreSQL"
	}
	return number(n.Databases) + " PostgreSQL servers"
}

// String is the answer of the command for one number of logins.
func (n need) String() string {
	var b strings.Builder
	line := func(what, format string, args ...any) {
		fmt.Fprintf(&b, "%-28s %s\n", what, fmt.Sprintf(format, args...))
	}
	line("logins in the busiest second", "%s", number(n.Logins))
	line("codes a second", "%s", number(n.Messages))
	line("store", "%s", store(n))
	line("replicas on PostgreSQL", "%s, with %s cores in use", number(n.Replicas), number(n.CourierCores))
	line("PostgreSQL", "%s cores in use, %s writes/s, %s/s of WAL, %s stored", number(n.DatabaseCores), number(n.Writes), size(n.WAL), size(n.StoredBytes))
	line("Meta numbers", "%s, or %s at the highest rate", number(n.Numbers), number(n.NumbersAtHighestRate))
	line("people in a day", "%s, tier %s", number(n.People), tierText(n.Tier))
	line("USD a month", "%s for WhatsApp, %s for SMS", dollars(n.WhatsApp), dollars(n.SMS))
	return b.String()
}
