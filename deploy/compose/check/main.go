// Command check reads compose files as `docker compose` does, with the same library, and
// prints what they say as JSON: defaults filled in, variables and anchors resolved, paths
// absolute. Whatever the Compose Specification does not know is a fault.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	"github.com/compose-spec/compose-go/v2/cli"
)

func main() {
	if err := run(context.Background(), os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "check:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, files []string) error {
	// No .env file and no variables: what is printed is the same on every machine.
	options, err := cli.NewProjectOptions(files, cli.WithInterpolation(true), cli.WithConsistency(true), cli.WithResolvedPaths(true))
	if err != nil {
		return err
	}
	project, err := options.LoadProject(ctx)
	if err != nil {
		return err
	}
	out := json.NewEncoder(os.Stdout)
	out.SetIndent("", "  ")
	return out.Encode(project)
}
