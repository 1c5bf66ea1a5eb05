package specs

import (
	"path/filepath"

	. "github.com/onsi/ginkgo/v2"
	"github.com/onsi/ginkgo/v2/types"

	"github.com/kratos-whatsapp/kratos-whatsapp/conformance/catalogue"
)

// List returns all specs without running any. Call it after Register and before
// RunSpecs.
func List() []catalogue.Spec {
	var all []catalogue.Spec
	for _, spec := range PreviewSpecs("").SpecReports.WithLeafNodeType(types.NodeTypeIt) {
		all = append(all, catalogue.Spec{
			Name: spec.FullText(), IDs: spec.Labels(),
			File: filepath.Base(spec.LeafNodeLocation.FileName), Line: spec.LeafNodeLocation.LineNumber,
		})
	}
	return all
}
