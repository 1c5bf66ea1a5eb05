package main

import (
	"path/filepath"
	"strconv"
	"strings"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/target"
)

// command is the command that repeats a run.
func (o options) command() string {
	args := append([]string{"courier-conformance", "run"}, o.targetChoice.flags()...)
	if o.kratos != (target.Kratos{}) {
		args = append(args, "--kratos-public", o.kratos.Public, "--kratos-admin", o.kratos.Admin)
	}
	switch o.kratosDSN {
	case "":
	case newPostgres:
		args = append(args, "--kratos-dsn", newPostgres)
	default:
		args = append(args, "--kratos-dsn", "$KRATOS_DSN") // Whoever has its password knows it.
	}
	if o.tap != "" {
		args = append(args, "--tap", o.tap)
	}
	args = append(args, o.store.flags()...)
	args = append(args, o.choice.flags()...)
	if o.expected != "" {
		args = append(args, "--expected", filepath.Base(o.expected))
	}
	if o.withoutLogs {
		args = append(args, "--without-logs")
	}
	if o.strict {
		args = append(args, "--strict")
	}
	switch {
	case o.slow:
		args = append(args, "--slow")
	case o.maxWait != usualWait:
		args = append(args, "--max-wait", o.maxWait.String())
	}
	args = append(args, "--jobs", strconv.Itoa(o.jobs), "--seed", strconv.FormatInt(o.seed, 10))
	for i, arg := range args {
		switch {
		case strings.HasPrefix(arg, "$"):
			args[i] = `"` + arg + `"`
		case strings.ContainsAny(arg, " '\"$&;|<>()*"):
			args[i] = "'" + strings.ReplaceAll(arg, "'", `'\''`) + "'"
		}
	}
	return strings.Join(args, " ")
}
