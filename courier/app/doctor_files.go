package app

import (
	"slices"
	"strings"

	"github.com/kratos-whatsapp/kratos-whatsapp/courier/doctor"
)

// filesOfSecrets are the files from which a configuration takes secrets, each once: those
// that hold one each, and those of the configuration in which one stands.
func (r *reading) filesOfSecrets() []doctor.File {
	var all []doctor.File
	add := func(where, path string) {
		if !slices.ContainsFunc(all, func(f doctor.File) bool { return f.Path == path }) {
			all = append(all, doctor.File{Where: where, Path: path})
		}
	}
	for _, path := range r.secretPaths() {
		switch from := r.origin(path); from.Kind {
		case fromSecretFile:
			add(path, from.Name)
		case fromFile:
			add("--config", from.Name)
		}
	}
	return all
}

// secretPaths are the settings that are secrets and that are set, in the order of their
// names.
func (r *reading) secretPaths() []string {
	var paths []string
	for _, s := range r.printedSettings() {
		text, _ := s.Value.(string)
		if text == hidden || s.Path == "dsn" && strings.Contains(text, "redacted") {
			paths = append(paths, s.Path)
		}
	}
	return paths
}
