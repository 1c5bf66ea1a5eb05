package bill

import (
	"bytes"
	"os"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	cdx "github.com/CycloneDX/cyclonedx-go"
	"github.com/stretchr/testify/require"
)

// This test is a Go program too, so it can write its own bill.
func TestBillOfThisTest(t *testing.T) {
	t.Parallel()
	self, err := os.Executable()
	require.NoError(t, err)
	p, err := Read(self)
	require.NoError(t, err)
	p.Package = "github.com/stretchr/testify/require" // go list knows no program that is a test
	p.Modules = p.Modules[:0]
	parts, err := Parts(t.Context(), "..", []Program{p})
	require.NoError(t, err)
	require.Equal(t, []string{"BSD-3-Clause"}, parts[0].Licences, "Go's")

	parts = append(parts, Part{
		Name: "example.com/m", Version: "v1.2.3", Sum: "h1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
		Licences: []string{"ISC", "MIT"}, Texts: []Text{{"LICENSE", "be kind\n"}},
	}, Part{Name: "example.com/of-another-program", Version: "v1.0.0", Licences: []string{"MIT"}})
	p.Modules = append(p.Modules, moduleOf(parts[1]))
	p.Main, p.Package, p.Name = "example.com/us", "example.com/us/cmd/ours", "ours"
	var first, second bytes.Buffer
	for _, out := range []*bytes.Buffer{&first, &second} {
		require.NoError(t, CycloneDX(out, p, parts, "v0.1.0", time.Unix(1700000000, 0)))
	}
	require.Equal(t, first.String(), second.String(), "the same bytes")
	var bom cdx.BOM
	require.NoError(t, cdx.NewBOMDecoder(&first, cdx.BOMFileFormatJSON).Decode(&bom))
	require.Equal(t, "2023-11-14T22:13:20Z", bom.Metadata.Timestamp)
	require.Equal(t, "pkg:golang/example.com/us@v0.1.0#cmd/ours", bom.Metadata.Component.PackageURL)
	require.Len(t, *bom.Components, 2)
	module := (*bom.Components)[1]
	require.Equal(t, "pkg:golang/example.com/m@v1.2.3", module.PackageURL)
	require.Equal(t, "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f", (*module.Hashes)[0].Value)
	require.Equal(t, "MIT", (*module.Licenses)[1].License.ID)

	var notices strings.Builder
	require.NoError(t, Notices(&notices, parts))
	require.Contains(t, notices.String(), "example.com/m v1.2.3: ISC, MIT\n")
	require.Contains(t, notices.String(), "\n\nbe kind\n")
}

// A module that is in the program but not in the source must not be left out.
func TestPartsAreThoseOfTheSource(t *testing.T) {
	t.Parallel()
	self, err := os.Executable()
	require.NoError(t, err)
	p, err := Read(self)
	require.NoError(t, err)
	p.Package = "github.com/stretchr/testify/require"
	p.Modules = append(p.Modules[:0], moduleOf(Part{Name: "example.com/strange", Version: "v1.0.0"}))
	_, err = Parts(t.Context(), "..", []Program{p})
	require.ErrorContains(t, err, "example.com/strange@v1.0.0 is in a program, but not in the source")
}

func moduleOf(part Part) debug.Module {
	return debug.Module{Path: part.Name, Version: part.Version, Sum: part.Sum}
}
