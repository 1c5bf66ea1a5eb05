package testkit

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// repositoryRoot is the nearest folder with a go.mod, from the working
// directory upwards.
func repositoryRoot() (string, error) {
	start, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for dir := start; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return "", fmt.Errorf("no go.mod in %s or above", start)
		}
	}
}

// binary finds a program: the given path, else the environment variable, else
// bin/ of the repository.
func binary(given, variable, name string) (string, error) {
	path := given
	if path == "" {
		path = os.Getenv(variable)
	}
	if path == "" {
		root, err := repositoryRoot()
		if err != nil {
			return "", fmt.Errorf("where is %s? Set %s, or run this inside the repository: %w", name, variable, err)
		}
		path = filepath.Join(root, "bin", name)
	}
	if info, err := os.Stat(path); err != nil || info.IsDir() {
		return "", fmt.Errorf("no program at %s: run `make kratos build`, or set %s", path, variable)
	}
	return filepath.Abs(path)
}

// CheckBinaries reports every program that is missing, at once.
func CheckBinaries() error {
	var errs []error
	for variable, name := range map[string]string{
		"KRATOS_BIN": "kratos", "COURIER_BIN": "whatsapp-courier", "MOCKMETA_BIN": "mockmeta",
	} {
		_, err := binary("", variable, name)
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// workDir makes a directory for one instance. The returned function removes it,
// unless the caller named one: then it is theirs.
func workDir(given, name string) (string, func() error, error) {
	if given != "" {
		dir, err := filepath.Abs(given)
		if err != nil {
			return "", nil, err
		}
		return dir, func() error { return nil }, os.MkdirAll(dir, 0o700)
	}
	dir, err := os.MkdirTemp("", "testkit-"+name+"-")
	if err != nil {
		return "", nil, fmt.Errorf("directory for %s: %w", name, err)
	}
	return dir, func() error { return os.RemoveAll(dir) }, nil
}
