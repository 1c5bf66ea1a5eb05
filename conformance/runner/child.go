package runner

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
	"time"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/gomega"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/specs"
)

// title is what Ginkgo puts before the name of a spec when it looks for it.
const title = "conformance"

// longestShard is far more than a shard takes: each spec has a limit of its own,
// and the parent watches.
const longestShard = 2 * time.Hour

// Child runs the shard that it reads, and says on lines what happens. Nobody reads
// its exit status: the lines are the result. Call it once in a process.
func Child(in io.Reader, lines io.Writer) error {
	var j job
	if err := json.NewDecoder(in).Decode(&j); err != nil {
		return fmt.Errorf("read the shard: %w", err)
	}
	mine := map[string]bool{}
	patterns := make([]string, len(j.Specs))
	for i, name := range j.Specs {
		mine[name] = true
		patterns[i] = regexp.QuoteMeta(name)
	}
	say := json.NewEncoder(lines)
	tell := func(l line) {
		if err := say.Encode(l); err != nil {
			os.Exit(1) // The parent is gone; the kernel ends what was started here.
		}
	}
	gomega.RegisterFailHandler(ginkgo.Fail)
	specs.Register(specs.Options{WithoutKratos: j.WithoutKratos, Target: j.Target, MaxWait: j.MaxWait, Emptied: j.Emptied, First: j.First})
	ginkgo.ReportBeforeEach(func(r ginkgo.SpecReport) {
		if mine[r.FullText()] {
			tell(line{Begins: r.FullText()})
		}
	})
	ginkgo.ReportAfterEach(func(r ginkgo.SpecReport) {
		if mine[r.FullText()] {
			e := read(r)
			tell(line{Ended: &e})
		}
	})
	ginkgo.ReportAfterSuite("says what broke", func(r ginkgo.Report) {
		for _, node := range r.SpecReports {
			for _, l := range around(node) {
				tell(l)
			}
		}
	})
	suite, reporter := ginkgo.GinkgoConfiguration()
	suite.FocusStrings = []string{"^" + title + " (" + strings.Join(patterns, "|") + ")$"}
	suite.RandomSeed, suite.RandomizeAllSpecs, suite.Timeout = j.Seed, true, longestShard
	reporter.NoColor, reporter.Succinct = true, true
	ginkgo.RunSpecs(nobody{}, title, suite, reporter)
	return nil
}

// nobody is told about failures: they are in the lines.
type nobody struct{}

func (nobody) Fail() {}
