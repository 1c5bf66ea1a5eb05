package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/target"
)

func newInitCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "init [FILE]",
		Short: "Write a target file that explains itself (default target.yml)",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			file := "target.yml"
			if len(args) > 0 {
				file = args[0]
			}
			f, err := os.OpenFile(file, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
			if errors.Is(err, fs.ErrExist) {
				return fmt.Errorf("%s is there already: name another file", file)
			}
			if err != nil {
				return err
			}
			if _, err := f.WriteString(target.Example); err != nil {
				return errors.Join(err, f.Close())
			}
			fmt.Fprintf(cmd.OutOrStdout(), "Wrote %s. Fill it in, then: courier-conformance run --target %s\n", file, file)
			return f.Close()
		},
	}
}
