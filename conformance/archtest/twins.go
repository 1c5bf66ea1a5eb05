package archtest

import (
	"go/ast"
	"go/token"
	"path/filepath"
)

// ExportedMethods lists what the files of a folder offer, as "file.go: Method". Tests
// do not count.
func ExportedMethods(folder string) (map[string]bool, error) {
	found := map[string]bool{}
	err := sources(folder, func(path string, _ *token.FileSet, file *ast.File) error {
		for _, decl := range file.Decls {
			if fn, ok := decl.(*ast.FuncDecl); ok && fn.Recv != nil && fn.Name.IsExported() {
				found[filepath.Base(path)+": "+fn.Name.Name] = true
			}
		}
		return nil
	})
	return found, err
}
