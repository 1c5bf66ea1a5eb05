package bill

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"strings"
	"time"

	cdx "github.com/CycloneDX/cyclonedx-go"
)

// CycloneDX writes the bill of materials of a program, in JSON. The version is the
// release's, and the time that of its commit, so that the same commit has the same bill.
func CycloneDX(w io.Writer, p Program, parts []Part, version string, at time.Time) error {
	program := "pkg:golang/" + p.Main + "@" + version + "#" + strings.TrimPrefix(p.Package, p.Main+"/")
	has := map[string]bool{"std": true}
	for _, module := range p.Modules {
		has[module.Path] = true
	}
	var components []cdx.Component
	var refs []string
	for _, part := range parts {
		if !has[part.Name] {
			continue
		}
		component, err := component(part)
		if err != nil {
			return err
		}
		components = append(components, component)
		refs = append(refs, component.BOMRef)
	}
	bom := cdx.NewBOM()
	bom.Metadata = &cdx.Metadata{
		Timestamp: at.UTC().Format(time.RFC3339),
		Component: &cdx.Component{
			BOMRef: program, Type: cdx.ComponentTypeApplication, Name: p.Name, Version: version, PackageURL: program,
			Licenses:   licences([]string{"Apache-2.0"}),
			Properties: &[]cdx.Property{{Name: "goos", Value: p.OS}, {Name: "goarch", Value: p.Arch}},
		},
	}
	bom.Components = &components
	bom.Dependencies = &[]cdx.Dependency{{Ref: program, Dependencies: &refs}}
	return cdx.NewBOMEncoder(w, cdx.BOMFileFormatJSON).SetPretty(true).EncodeVersion(bom, cdx.SpecVersion1_6)
}

func component(part Part) (cdx.Component, error) {
	purl := "pkg:golang/" + part.Name + "@" + part.Version
	c := cdx.Component{
		BOMRef: purl, Type: cdx.ComponentTypeLibrary, Name: part.Name, Version: part.Version, PackageURL: purl,
		Licenses: licences(part.Licences),
	}
	if part.Sum == "" { // the standard library
		return c, nil
	}
	// The sum is the SHA-256 of the list of the module's files and their sums.
	sum, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(part.Sum, "h1:"))
	if err != nil {
		return c, fmt.Errorf("%s: its checksum is not readable: %w", part.Name, err)
	}
	c.Hashes = &[]cdx.Hash{{Algorithm: cdx.HashAlgoSHA256, Value: hex.EncodeToString(sum)}}
	return c, nil
}

func licences(ids []string) *cdx.Licenses {
	var all cdx.Licenses
	for _, id := range ids {
		all = append(all, cdx.LicenseChoice{License: &cdx.License{ID: id}})
	}
	return &all
}
