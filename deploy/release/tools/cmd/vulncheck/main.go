// Command vulncheck holds the module in a folder against Go's vulnerability database, and
// says what has to be upgraded. The database comes as a Go module, so that it can be had
// wherever modules can, and stays the same until its version changes.
//
// Further folders, as arguments, have modules of tools: what builds and checks, and is in no
// release. Of those it lists which vulnerable packages are built in. That is quick and no
// fault: they only read what is ours, and Kratos, which is one of them, is upgraded as a whole.
//
// Exit status: 0 no called code is vulnerable, 1 some is, 2 it could not be checked.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"golang.org/x/vuln/scan"

	"github.com/kratos-whatsapp/kratos-whatsapp/deploy/release/tools/vuln"
)

func main() {
	folder := flag.String("C", ".", "folder of the module to check")
	database := flag.String("db", "latest", "version of the module golang.org/x/vulndb, or the URL of a database")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	called, err := checkAll(ctx, *folder, flag.Args(), *database)
	if err != nil {
		fmt.Fprintln(os.Stderr, "vulncheck:", err)
		os.Exit(2)
	}
	if called > 0 {
		fmt.Fprintf(os.Stderr, "vulncheck: called vulnerabilities: %d. Upgrade to the versions under FIXED.\n", called)
		os.Exit(1)
	}
}

func checkAll(ctx context.Context, folder string, tools []string, database string) (called int, err error) {
	if !strings.Contains(database, "://") {
		at, err := download(ctx, database)
		if err != nil {
			return 0, err
		}
		database = "file://" + filepath.ToSlash(filepath.Join(at, "data", "osv"))
	}
	toolchain, err := toolchain(ctx, folder)
	if err != nil {
		return 0, err
	}
	found, err := check(ctx, toolchain, "-C", folder, "-db", database, "./...")
	if err != nil {
		return 0, err
	}
	called = report(found)
	for _, folder := range tools {
		fmt.Printf("\nBuilt into the tools of %s:\n", folder)
		found, err := check(ctx, toolchain, "-C", folder, "-db", database, "-scan", "package", "-test", "./...", "tool")
		if err != nil {
			return called, fmt.Errorf("%s: %w", folder, err)
		}
		called += report(found)
	}
	return called, nil
}

// check runs govulncheck. Who builds the tools takes the Go that the courier asks for, too.
func check(ctx context.Context, toolchain string, args ...string) ([]vuln.Finding, error) {
	var answer bytes.Buffer
	run := scan.Command(ctx, append([]string{"-format", "json"}, args...)...)
	run.Stdout = &answer
	if err := run.Start(); err != nil {
		return nil, err
	}
	if err := run.Wait(); err != nil {
		return nil, err
	}
	return vuln.Read(&answer, toolchain)
}

// download returns the folder of the database's module.
func download(ctx context.Context, version string) (string, error) {
	var module struct{ Dir, Version, Error string }
	run := exec.CommandContext(ctx, "go", "mod", "download", "-json", "golang.org/x/vulndb@"+version)
	out, err := run.Output()
	if wrong := json.Unmarshal(out, &module); err != nil || wrong != nil {
		return "", fmt.Errorf("cannot download golang.org/x/vulndb@%s: %s: %w", version, module.Error, errors.Join(err, wrong))
	}
	fmt.Printf("Checking against golang.org/x/vulndb %s\n", module.Version)
	return module.Dir, nil
}

// toolchain is the Go that go.mod asks for, if it does.
func toolchain(ctx context.Context, folder string) (string, error) {
	var mod struct{ Toolchain string }
	out, err := exec.CommandContext(ctx, "go", "-C", folder, "mod", "edit", "-json").Output()
	if err != nil {
		return "", fmt.Errorf("cannot read go.mod in %s: %w", folder, err)
	}
	err = json.Unmarshal(out, &mod)
	return mod.Toolchain, err
}

// report prints the findings, and returns how many are faults.
func report(found []vuln.Finding) (called int) {
	if len(found) == 0 {
		fmt.Println("No known vulnerability.")
		return 0
	}
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "VERDICT\tID\tMODULE\tFOUND\tFIXED\tSUMMARY")
	older := false
	for _, f := range found {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\n", f.Verdict, f.ID, f.Module, f.Found, f.Fixed, f.Summary)
		older = older || f.Verdict == vuln.OlderGo
		if f.Verdict == vuln.Called {
			called++
		}
	}
	_ = table.Flush()
	if older {
		fmt.Println("older Go: the toolchain in go.mod has the fix, but this machine's Go is older and GOTOOLCHAIN does not let it be fetched.")
	}
	return called
}
