package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/target"
	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/testkit"
)

// parts are the programs that a run starts.
type parts struct {
	courierVersion, kratosVersion string
	// env tells the shards where they are.
	env []string
	// drop removes what was made outside of the folder; nil if nothing was.
	drop func() error
}

// findParts finds the programs that are started, or says which are missing, and
// makes the database that each Kratos gets a copy of, unless kratosDSN is
// that of a PostgreSQL. What runs already has to
// answer. The target is nil for the courier of this repository.
func findParts(ctx context.Context, dir, kratosDSN string, other *target.Target) (parts, error) {
	var p parts
	var faults []error
	found := map[string]string{}
	for _, program := range []struct {
		variable, name string
		wanted         bool
	}{
		{"KRATOS_BIN", "kratos", other == nil || other.Kratos == nil},
		{"MOCKMETA_BIN", "mockmeta", other == nil || other.Mock == nil},
		{"COURIER_BIN", "whatsapp-courier", other == nil},
	} {
		if !program.wanted {
			continue
		}
		path, err := findProgram(program.variable, program.name)
		faults = append(faults, err)
		found[program.name] = path
		p.env = append(p.env, program.variable+"="+path)
	}
	if other != nil {
		faults = append(faults, testkit.CheckTarget(ctx, other))
	}
	if err := errors.Join(faults...); err != nil {
		return p, err
	}
	if other == nil {
		p.courierVersion = versionOf(ctx, found["whatsapp-courier"])
	}
	if other != nil && other.Kratos != nil {
		version, err := testkit.AttachKratos(*other.Kratos).Version(ctx)
		p.kratosVersion = version
		return p, err
	}
	p.kratosVersion = versionOf(ctx, found["kratos"])
	if kratosDSN != "" {
		p.kratosVersion += " on PostgreSQL"
		dsn, drop, err := kratosDatabase(ctx, found["kratos"], kratosDSN)
		if err == nil {
			p.drop = drop
			p.env = append(p.env, testkit.DSNVariable+"="+dsn)
		}
		return p, err
	}
	file, err := testkit.MigrateKratos(ctx, found["kratos"], dir)
	if err != nil {
		return p, err
	}
	p.env = append(p.env, testkit.MigratedVariable+"="+file)
	return p, nil
}

// newPostgres in place of a DSN starts a PostgreSQL for the run.
const newPostgres = "new"

// kratosDatabase makes the database that each Kratos gets a copy of, and returns what
// removes it again.
func kratosDatabase(ctx context.Context, kratos, dsn string) (string, func() error, error) {
	if dsn != newPostgres {
		return testkit.MigrateKratosDSN(ctx, kratos, dsn)
	}
	server, err := startPostgres(ctx)
	if err != nil {
		return "", nil, err
	}
	made, remove, err := testkit.MigrateKratosDSN(ctx, kratos, server.OwnerDSN())
	if err != nil {
		return "", nil, errors.Join(err, server.Stop())
	}
	return made, func() error { return errors.Join(remove(), server.Stop()) }, nil
}

// findProgram looks for a program where people put it.
func findProgram(variable, name string) (string, error) {
	if given := os.Getenv(variable); given != "" {
		if !isProgram(given) {
			return "", fmt.Errorf("%s=%s is no program", variable, given)
		}
		return filepath.Abs(given)
	}
	var places []string
	if self, err := os.Executable(); err == nil {
		places = append(places, filepath.Join(filepath.Dir(self), name))
	}
	places = append(places, filepath.Join("bin", name))
	if path, err := exec.LookPath(name); err == nil {
		places = append(places, path)
	}
	for _, place := range places {
		if isProgram(place) {
			return filepath.Abs(place)
		}
	}
	return "", fmt.Errorf("there is no %s beside this program, in bin/ or in PATH: set %s", name, variable)
}

func isProgram(path string) bool {
	info, err := os.Stat(path)
	return err == nil && !info.IsDir() && info.Mode()&0o111 != 0
}

// versionOf is what a program says of itself; "unknown" if it does not.
func versionOf(ctx context.Context, program string) string {
	out, err := exec.CommandContext(ctx, program, "version").Output()
	if err != nil {
		return "unknown"
	}
	first, _, _ := strings.Cut(strings.TrimSpace(string(out)), "\n")
	return strings.TrimSpace(regexp.MustCompile(`^Version:`).ReplaceAllString(first, ""))
}
