package archtest

import (
	"go/ast"
	"go/token"
	"path/filepath"
)

// Methods counts the methods of each type below root, by folder and name. Tests
// do not count, and embedded types neither: theirs are counted as their own.
func Methods(root string) (map[string]int, error) {
	counts := map[string]int{}
	err := sources(root, func(path string, _ *token.FileSet, file *ast.File) error {
		folder, err := filepath.Rel(root, filepath.Dir(path))
		if err != nil {
			return err
		}
		for _, decl := range file.Decls {
			if fn, ok := decl.(*ast.FuncDecl); ok && fn.Recv != nil {
				counts[folder+"."+receiver(fn.Recv.List[0].Type)]++
			}
		}
		return nil
	})
	return counts, err
}

// receiver is the name of a method's type, without pointer and parameters.
func receiver(of ast.Expr) string {
	switch of := of.(type) {
	case *ast.StarExpr:
		return receiver(of.X)
	case *ast.IndexExpr:
		return receiver(of.X)
	case *ast.IndexListExpr:
		return receiver(of.X)
	case *ast.Ident:
		return of.Name
	}
	return ""
}
