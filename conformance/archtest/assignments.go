package archtest

import (
	"go/ast"
	"go/token"
	"slices"
)

// Assignments finds where a field with one of these names is assigned below root,
// as "file:line:column".
func Assignments(root string, fields ...string) ([]string, error) {
	var found []string
	err := sources(root, func(_ string, files *token.FileSet, file *ast.File) error {
		ast.Inspect(file, func(n ast.Node) bool {
			assignment, ok := n.(*ast.AssignStmt)
			if !ok {
				return true
			}
			for _, left := range assignment.Lhs {
				if to, ok := left.(*ast.SelectorExpr); ok && slices.Contains(fields, to.Sel.Name) {
					found = append(found, files.Position(to.Pos()).String())
				}
			}
			return true
		})
		return nil
	})
	return found, err
}
