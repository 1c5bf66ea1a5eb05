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

	seen := specFiles(t, report)
	for id := range seen {
		require.Contains(t, written, id, "a label that is no requirement")
	}
	for id, files := range written {
		require.Equal(t, seen[id], files, "REQUIREMENTS.md, %s: the last column names the file of its specs, then those of others that serve it too, in order", id)
	}
}

// specFiles are the files of each label. First comes the file of the specs that
// have it as their first label: there is only one, so that a requirement's specs
// stand together. The others follow in order.
func specFiles(t *testing.T, report ginkgo.Report) map[string][]string {
	t.Helper()
	own, others := map[string]string{}, map[string][]string{}
	for _, spec := range report.SpecReports.WithLeafNodeType(types.NodeTypeIt) {
		file := filepath.Base(spec.LeafNodeLocation.FileName)
		labels := spec.Labels()
		require.NotEmpty(t, labels, "%s: a spec without a requirement", spec.FullText())
		if known, ok := own[labels[0]]; ok {
			require.Equal(t, known, file, "%s: specs whose first label is the same stand in one file", labels[0])
		}
		own[labels[0]] = file
		for _, id := range labels {
			others[id] = append(others[id], file)
		}
	}
	files := map[string][]string{}
	for id, all := range others {
		slices.Sort(all)
		all = slices.Compact(all)
		if first, ok := own[id]; ok {
			all = slices.DeleteFunc(all, func(file string) bool { return file == first })
			all = slices.Insert(all, 0, first)
		}
		files[id] = all
	}
	return files
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
