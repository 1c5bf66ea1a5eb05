package specs

import (
	"slices"

	. "github.com/onsi/ginkgo/v2"
	"github.com/onsi/ginkgo/v2/types"
)

// empty lets every spec of these requirements that is added from now on do nothing, and
// so pass. It is for a test of the tests.
func empty(ids []string) {
	AddTreeConstructionNodeArgsTransformer(func(node types.NodeType, _ Offset, text string, args []any) (string, []any, []error) {
		for i, arg := range args {
			if body, ok := arg.(func(SpecContext)); ok && node.Is(types.NodeTypeIt) {
				args[i] = func(ctx SpecContext) {
					if !slices.ContainsFunc(CurrentSpecReport().Labels(), func(id string) bool { return slices.Contains(ids, id) }) {
						body(ctx)
					}
				}
			}
		}
		return text, args, nil
	})
}
