package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance"
	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/catalogue"
	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/target"
)

func newInitCommand() *cobra.Command {
	var ask bool
	cmd := &cobra.Command{
		Use:   "init [FILE]",
		Short: "Write a target file that explains itself (default target.yml)",
		Long: `Write a target file that explains itself (default target.yml).

On a terminal it asks for the few things that only you know of your courier. An
empty answer leaves what stands in brackets.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			file := "target.yml"
			if len(args) > 0 {
				file = args[0]
			}
			return initialize(cmd, file, ask)
		},
	}
	cmd.Flags().BoolVar(&ask, "ask", isTerminal(os.Stdout), "ask questions; without, the example is written as it is")
	return cmd
}

// initialize writes the file, which must not be there.
func initialize(cmd *cobra.Command, file string, ask bool) error {
	if _, err := os.Lstat(file); !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s is there already: name another file", file)
	}
	requirements, err := catalogue.Parse(conformance.Requirements)
	if err != nil {
		return err
	}
	var answers target.Answers
	if ask {
		if answers, err = questions(cmd.InOrStdin(), cmd.OutOrStdout(), requirements.Claims); err != nil {
			return err
		}
	}
	text, err := answers.File()
	if err != nil {
		return err
	}
	f, err := os.OpenFile(file, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	if _, err := f.WriteString(text); err != nil {
		return errors.Join(err, f.Close())
	}
	if err := f.Close(); err != nil {
		return err
	}
	if _, err := target.Load(file, claims(requirements)); err != nil {
		return errors.Join(err, os.Remove(file))
	}
	fmt.Fprintf(cmd.OutOrStdout(), "Wrote %s. Fill in the rest, then: courier-conformance run --target %s\n", file, file)
	return nil
}

// questions asks for what only people know.
func questions(in io.Reader, out io.Writer, claims []catalogue.Word) (a target.Answers, err error) {
	fmt.Fprintln(out, "It may claim:")
	for _, claim := range claims {
		fmt.Fprintf(out, "  %-15s %s\n", claim.Name, claim.Meaning)
	}
	fmt.Fprintln(out)
	lines := bufio.NewScanner(in)
	for _, q := range []struct {
		to   *string
		text string
	}{
		{&a.Name, "Its name [my-courier]"},
		{&a.Command, "The command that starts it [node server.js]"},
		{&a.Messages, "The path that Kratos posts messages to [/messages]"},
		{&a.Header, "The header with Kratos' secret [X-API-Key]"},
		{&a.Events, "The path for Kratos' web hooks after a login [it takes none]"},
		{&a.Webhook, "The path that Meta posts reports to [it takes none]"},
		{&a.Claims, "What it claims, separated by commas [nothing]"},
	} {
		fmt.Fprint(out, q.text+": ")
		if !lines.Scan() {
			return a, errors.Join(errors.New("the questions were not answered, so nothing is written"), lines.Err())
		}
		*q.to = strings.TrimSpace(lines.Text())
	}
	return a, nil
}
