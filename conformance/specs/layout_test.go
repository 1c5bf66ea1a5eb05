package specs

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestSpecFilesShareNothing keeps a helper that several files use out of the
// files of specs, where a newcomer would not look for it.
func TestSpecFilesShareNothing(t *testing.T) {
	t.Parallel()
	names, err := filepath.Glob("*.go")
	require.NoError(t, err)
	files := map[string]*ast.File{}
	for _, name := range names {
		files[name], err = parser.ParseFile(token.NewFileSet(), name, nil, 0)
		require.NoError(t, err)
	}
	specFiles := 0
	for name, file := range files {
		if !uses(file, "It") && !uses(file, "DescribeTable") {
			continue
		}
		specFiles++
		for helper := range file.Scope.Objects {
			for other, in := range files {
				require.False(t, other != name && uses(in, helper), "%s uses %s of %s: move it to a file named for what it holds", other, helper, name)
			}
		}
		for _, declared := range file.Decls {
			if f, ok := declared.(*ast.FuncDecl); ok && f.Recv != nil {
				require.Equal(t, "suite", receiver(f), "%s: %s is a method for other files too: move it to a file named for what it holds", name, f.Name)
			}
		}
	}
	require.NotZero(t, specFiles, "the walk found the specs")
}

// uses reports whether a file uses a name that it does not declare.
func uses(file *ast.File, name string) bool {
	return slices.ContainsFunc(file.Unresolved, func(id *ast.Ident) bool { return id.Name == name })
}

// receiver is the type of a method, without the star.
func receiver(f *ast.FuncDecl) string {
	of := f.Recv.List[0].Type
	if star, ok := of.(*ast.StarExpr); ok {
		of = star.X
	}
	return of.(*ast.Ident).Name
}
