// Package kratos holds the configuration of Kratos that teams copy, for programs
// that start a Kratos with it.
package kratos

import "embed"

// Files are kratos.yml and what it refers to.
//
//go:embed kratos.yml *.jsonnet identity.schema.json
var Files embed.FS
