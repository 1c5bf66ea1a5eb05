// Package conformance holds REQUIREMENTS.md and runs the specs under go test.
package conformance

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/ginkgo/v2/types"
	"github.com/onsi/gomega"
	"github.com/stretchr/testify/require"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/specs"
)

// TestConformance needs bin/kratos, bin/whatsapp-courier and bin/mockmeta:
// `make kratos build` makes them. Ginkgo takes its flags from go test, such as
// -ginkgo.label-filter=FBK-1.
func TestConformance(t *testing.T) {
	gomega.RegisterFailHandler(ginkgo.Fail)
	specs.Register()
	const title = "Kratos WhatsApp courier"
	checkRequirements(t, ginkgo.PreviewSpecs(title))
	ginkgo.RunSpecs(t, title)
}

// checkRequirements compares REQUIREMENTS.md with the labels of the specs: each
// label is a requirement, and each requirement names the files of its specs, or
// says "not yet".
func checkRequirements(t *testing.T, report ginkgo.Report) {
	t.Helper()
	text, err := os.ReadFile("REQUIREMENTS.md")
	require.NoError(t, err)
	written := map[string][]string{}
	row := regexp.MustCompile(`(?m)^\| ([A-Z]+-[0-9]+) \| [MS] \| [KCWP,]+ \| .+ \| (.+) \|$`)
	for _, cells := range row.FindAllStringSubmatch(string(text), -1) {
		require.NotContains(t, written, cells[1], "a requirement is written twice")
		written[cells[1]] = filesIn(cells[2])
	}
	require.NotEmpty(t, written)

	seen := map[string][]string{}
	for _, spec := range report.SpecReports.WithLeafNodeType(types.NodeTypeIt) {
		for _, id := range spec.Labels() {
			seen[id] = append(seen[id], filepath.Base(spec.LeafNodeLocation.FileName))
		}
	}
	for id, files := range seen {
		slices.Sort(files)
		seen[id] = slices.Compact(files)
		require.Contains(t, written, id, "a label that is no requirement")
	}
	for id, files := range written {
		require.Equal(t, seen[id], files, "REQUIREMENTS.md, %s: the last column names the files of its specs, in order", id)
	}
}

// filesIn are the names in backticks; none in "not yet".
func filesIn(cell string) []string {
	var files []string
	for _, name := range regexp.MustCompile("`([a-z_]+\\.go)`").FindAllStringSubmatch(cell, -1) {
		files = append(files, name[1])
	}
	if files == nil && !strings.HasPrefix(cell, "not yet") {
		return []string{cell}
	}
	return files
}
