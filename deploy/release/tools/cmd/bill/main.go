// Command bill writes beside programs what they consist of: <program>.cdx.json for each, and
// THIRD-PARTY-NOTICES.txt for all. They must be built for one platform, from one source.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"time"

	"github.com/kratos-whatsapp/kratos-whatsapp/deploy/release/tools/bill"
)

func main() {
	source := flag.String("source", ".", "folder of the source")
	version := flag.String("version", "", "version of the release")
	seconds := flag.Int64("time", 0, "time of the release, in seconds since 1970")
	flag.Usage = func() {
		fmt.Fprintln(flag.CommandLine.Output(), "Usage: bill [flags] PROGRAM...")
		flag.PrintDefaults()
	}
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *source, *version, time.Unix(*seconds, 0), flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "bill:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, source, version string, at time.Time, files []string) error {
	if len(files) == 0 || version == "" {
		return errors.New("name the programs, and -version; see -help")
	}
	var programs []bill.Program
	for _, file := range files {
		p, err := bill.Read(file)
		if err != nil {
			return err
		}
		programs = append(programs, p)
	}
	parts, err := bill.Parts(ctx, source, programs)
	if err != nil {
		return err
	}
	for i, p := range programs {
		if err := write(files[i]+".cdx.json", func(w *os.File) error { return bill.CycloneDX(w, p, parts, version, at) }); err != nil {
			return err
		}
	}
	notices := filepath.Join(filepath.Dir(files[0]), "THIRD-PARTY-NOTICES.txt")
	return write(notices, func(w *os.File) error { return bill.Notices(w, parts) })
}

func write(path string, content func(*os.File) error) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	return errors.Join(content(file), file.Close())
}
