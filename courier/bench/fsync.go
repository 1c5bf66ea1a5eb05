package bench

import (
	"errors"
	"os"
	"slices"
	"time"
)

// fsync returns the median time that it takes to append 4 KiB to a file and have them
// on disk: what no durable answer can be faster than.
func fsync(n int) (_ time.Duration, err error) {
	file, err := os.CreateTemp("", "bench-fsync-")
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, file.Close(), os.Remove(file.Name())) }()
	page := make([]byte, 4096)
	var all []time.Duration
	for range n {
		began := time.Now()
		if _, err := file.Write(page); err != nil {
			return 0, err
		}
		if err := file.Sync(); err != nil {
			return 0, err
		}
		all = append(all, time.Since(began))
	}
	slices.Sort(all)
	return all[len(all)/2], nil
}
