package target

import _ "embed" // For the example.

// Example is a target file that explains itself.
//
//go:embed example.yml
var Example string
