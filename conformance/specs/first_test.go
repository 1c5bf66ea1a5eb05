package specs

import (
	"testing"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/ginkgo/v2/types"
	"github.com/stretchr/testify/require"
)

// TestSpecsThatAreNamedComeFirst also registers all specs, which a process does once.
func TestSpecsThatAreNamedComeFirst(t *testing.T) {
	const named = "no SMS is sent when WhatsApp delivers"
	Register(Options{First: []string{named}})
	priority := map[string]int{}
	for _, spec := range ginkgo.PreviewSpecs("").SpecReports.WithLeafNodeType(types.NodeTypeIt) {
		if spec.SpecPriority != 0 {
			priority[spec.FullText()] = spec.SpecPriority
		}
	}
	require.Equal(t, map[string]int{named: 1}, priority)
}
