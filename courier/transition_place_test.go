package courier

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// A delivery's state, and why a channel is left out, change in transition.go; an
// attempt's state changes there and in attempt.go.
func TestStatesChangeInOnePlace(t *testing.T) {
	t.Parallel()
	fields := []string{"State", "Reason", "NoWhatsApp", "NoSMS", "Alert"}
	places := []string{"transition.go", "attempt.go"}
	names, err := filepath.Glob("*.go")
	require.NoError(t, err)
	seen := make(map[string]bool)
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		files := token.NewFileSet()
		file, err := parser.ParseFile(files, name, nil, 0)
		require.NoError(t, err)
		ast.Inspect(file, func(n ast.Node) bool {
			assign, ok := n.(*ast.AssignStmt)
			if !ok {
				return true
			}
			for _, to := range assign.Lhs {
				if field, ok := to.(*ast.SelectorExpr); ok && slices.Contains(fields, field.Sel.Name) {
					seen[name] = true
					require.Contains(t, places, name, "%s changes a state", files.Position(assign.Pos()))
				}
			}
			return true
		})
	}
	require.Len(t, seen, len(places), "the places exist")
}
