package bench

import (
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// usage is what a process has used so far.
type usage struct {
	cpu time.Duration
	// written are bytes that went to the disk.
	written int
	// resident is the most memory that it held, in bytes.
	resident int
}

// ticks is the unit in which Linux counts processor time: USER_HZ is 100 everywhere.
const ticks = time.Second / 100

// usageOf reads what the kernel says about a process (proc(5), Linux).
func usageOf(pid int) (usage, error) {
	read := func(name string) (string, error) {
		raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", pid, name))
		return string(raw), err
	}
	stat, err := read("stat")
	if err != nil {
		return usage{}, fmt.Errorf("processor time is known on Linux only: %w", err)
	}
	// The name of the program, in parentheses, may have spaces in it.
	fields := strings.Fields(stat[strings.LastIndex(stat, ")")+1:])
	const utime, stime = 11, 12
	var u usage
	for _, i := range []int{utime, stime} {
		n, err := strconv.Atoi(fields[i])
		if err != nil {
			return usage{}, err
		}
		u.cpu += time.Duration(n) * ticks
	}
	status, err := read("status")
	if err != nil {
		return usage{}, err
	}
	u.resident = number(status, `VmHWM:\s+(\d+)`) * 1024
	io, err := read("io")
	if err != nil {
		return usage{}, err
	}
	u.written = number(io, `write_bytes: (\d+)`)
	return u, nil
}

// number is what a pattern finds in a text, or 0.
func number(text, pattern string) int {
	found := regexp.MustCompile(pattern).FindStringSubmatch(text)
	if found == nil {
		return 0
	}
	n, _ := strconv.Atoi(found[1]) // the pattern takes digits only
	return n
}
