package doctor

import (
	"fmt"
	"os"
)

// File is a file that holds secrets.
type File struct {
	// Where names it in findings: a setting, or the flag that named it.
	Where, Path string
}

// examine asks who may read the file. One that is not there yet, such as a new database,
// is none of its concern.
func (f File) examine(r *Report) {
	if open, err := readableByAll(f.Path); err == nil {
		r.found(f.check(open)...)
	}
}

func (f File) check(open bool) []Finding {
	if !open {
		return nil
	}
	return []Finding{{
		Warning, f.Where, fmt.Sprintf("every user of this machine may read %s, which holds secrets", f.Path),
		"give it to the courier's user and take the others' rights away: chmod o-rwx",
	}}
}

// openToAll reports whether the rights of a file, which come first, and of all folders
// above it let every user read it.
func openToAll(modes []os.FileMode) bool {
	const read, enter = 0o004, 0o001
	right := os.FileMode(read)
	for _, mode := range modes {
		if mode&right == 0 {
			return false
		}
		right = enter
	}
	return true
}
