package graph

import "testing"

func FuzzCursor(f *testing.F) {
	f.Add(cursor(7))
	f.Fuzz(func(_ *testing.T, s string) {
		_, _ = position(s)
		_ = alternatives(s)
	})
}
