// Bench measures the courier and writes a page with plots. `make bench` runs it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier/bench"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:])
	stop()
	if errors.Is(err, flag.ErrHelp) {
		return
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	if len(args) == 2 && args[0] == bench.RelayCommand {
		return bench.Relay(ctx, args[1])
	}
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.Usage = func() {
		fmt.Fprint(flags.Output(), "bench measures the courier in bin/ (COURIER_BIN) and writes benchmarks.md with its plots.\n"+
			"It needs Linux, and takes about ten minutes. It uses bin/kratos and bin/mockmeta too.\n\n")
		flags.PrintDefaults()
	}
	short := flags.Bool("short", false, "prove in a minute that everything runs; the figures mean little")
	reports := flags.Bool("reports", false, "take the times of /admin/reports alone, and write no page")
	beside := flags.Bool("beside", false, "take the times on SQLite while something else goes on alone, and write no page")
	rate := flags.Int("rate", 700, "the messages a second of -beside: not more than the machine carries, or the times are those of a queue")
	out := flags.String("out", "courier/docs", "the folder for the page and its plots")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *reports {
		return printReports(ctx, *short)
	}
	if *rate < 1 {
		return fmt.Errorf("-rate %d: give the messages a second, at least 1", *rate)
	}
	if *beside {
		return printBeside(ctx, bench.Options{Short: *short, Rate: *rate, Progress: os.Stderr})
	}
	f, err := bench.Run(ctx, bench.Options{Short: *short, Progress: os.Stderr})
	if err != nil {
		return errors.Join(err, f.WriteMarkdown(os.Stdout, time.Now())) // what was measured before
	}
	for name, write := range map[string]func(io.Writer) error{
		"benchmarks.md":         func(w io.Writer) error { return f.WriteMarkdown(w, time.Now()) },
		"benchmarks-cpu.svg":    f.WriteCPUPlot,
		"benchmarks-accept.svg": f.WriteAcceptPlot,
	} {
		if err := writeFile(filepath.Join(*out, name), write); err != nil {
			return err
		}
	}
	return f.WriteMarkdown(os.Stdout, time.Now())
}

func printReports(ctx context.Context, short bool) error {
	slow, err := bench.Reports(ctx, bench.Options{Short: short, Progress: os.Stderr})
	for name, view := range slow {
		fmt.Printf("%s: %s, %s (p50)\n", name, view.Path, view.Took.Round(100*time.Microsecond))
	}
	return err
}

func printBeside(ctx context.Context, o bench.Options) error {
	all, err := bench.BesideAlone(ctx, o)
	for _, b := range all {
		fmt.Println(b)
	}
	return err
}

func writeFile(name string, write func(io.Writer) error) (err error) {
	if err := os.MkdirAll(filepath.Dir(name), 0o750); err != nil {
		return err
	}
	file, err := os.Create(name) // #nosec G304 -- named by whoever runs this
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	return write(file)
}
