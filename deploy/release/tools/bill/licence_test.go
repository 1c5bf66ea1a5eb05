package bill

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestIdentify(t *testing.T) {
	t.Parallel()
	for want, text := range map[string]string{
		"Apache-2.0":   "   Apache License\n   Version 2.0, January 2004\n",
		"MPL-2.0":      "Mozilla Public License, version 2.0\n ... the GNU General Public License, Version 2.0 ...",
		"MIT":          "Permission is hereby granted, free of charge, to any person\nobtaining a copy",
		"ISC":          "Permission to use, copy, modify, and distribute this\nsoftware for any purpose",
		"BSD-2-Clause": "Redistribution and use in source and binary forms",
		"BSD-3-Clause": "Redistribution and use in source and binary forms ... to endorse or promote products",
	} {
		ids, err := Identify("m", []Text{{File: "LICENSE", Content: text}})
		require.NoError(t, err, want)
		require.Equal(t, []string{want}, ids)
	}
	for _, text := range []string{"All rights reserved.", "GNU GENERAL PUBLIC\nLICENSE Version 3", "Business Source License 1.1", ""} {
		_, err := Identify("example.com/m@v1.0.0", []Text{{File: "LICENSE", Content: text}})
		require.ErrorContains(t, err, "example.com/m@v1.0.0", text)
	}
}

// The licences of the module, of the package's folder and of those between, and of no other.
func TestTexts(t *testing.T) {
	t.Parallel()
	module := t.TempDir()
	for _, file := range []string{"LICENSE", "notice.go", "NOTICE.txt", "licenses.md", "a/COPYING", "a/b/LICENSE-SQLITE", "other/LICENSE"} {
		require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(module, file)), 0o750))
		require.NoError(t, os.WriteFile(filepath.Join(module, file), []byte(file), 0o600))
	}
	texts, err := Texts(module, []string{filepath.Join(module, "a/b"), filepath.Join(module, "a")})
	require.NoError(t, err)
	require.Equal(t, []Text{
		{"LICENSE", "LICENSE"}, {"NOTICE.txt", "NOTICE.txt"}, {"a/COPYING", "a/COPYING"}, {"a/b/LICENSE-SQLITE", "a/b/LICENSE-SQLITE"},
	}, texts)
}
