package specs

import (
	"slices"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	"github.com/onsi/ginkgo/v2/types"
)

// first lets specs with these names, of those that are added from now on, run before the
// others. One whose text ends like theirs may do so too.
func first(names []string) {
	AddTreeConstructionNodeArgsTransformer(func(node types.NodeType, _ Offset, text string, args []any) (string, []any, []error) {
		if node.Is(types.NodeTypeIt) && slices.ContainsFunc(names, func(name string) bool { return strings.HasSuffix(name, text) }) {
			args = append(args, SpecPriority(1))
		}
		return text, args, nil
	})
}
