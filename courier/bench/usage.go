package bench

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
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

func (u usage) plus(other usage) usage {
	return usage{cpu: u.cpu + other.cpu, written: u.written + other.written, resident: u.resident + other.resident}
}

// usages are those of a target's processes, and of its database server's.
func (t *target) usages() (courier, server usage, err error) {
	for _, pid := range t.pids {
		u, err := usageOf(pid)
		if err != nil {
			return courier, server, err
		}
		courier = courier.plus(u)
	}
	if t.server != nil {
		server, err = usageOfFamily(t.server.Process())
	}
	return courier, server, err
}

// usageOfFamily is that of a process, of its children, and of those that have ended.
func usageOfFamily(pid int) (usage, error) {
	all, err := usageOf(pid)
	if err != nil {
		return all, err
	}
	fields, err := statOf(pid)
	if err != nil {
		return all, err
	}
	const waitedUser, waitedSystem = 13, 14
	ended, err := timeIn(fields, waitedUser, waitedSystem)
	if err != nil {
		return all, err
	}
	all.cpu += ended
	others, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		return all, err
	}
	for _, other := range others {
		child, _ := strconv.Atoi(filepath.Base(other)) // the pattern takes digits first; no process is 0
		const parent = 1
		fields, err := statOf(child)
		if err != nil || fields[parent] != strconv.Itoa(pid) {
			continue // another family's, or ended since
		}
		if u, err := usageOf(child); err == nil {
			all = all.plus(u)
		}
	}
	return all, nil
}

// ticks is the unit in which Linux counts processor time: USER_HZ is 100 everywhere.
const ticks = time.Second / 100

// usageOf reads what the kernel says about a process (proc(5), Linux).
func usageOf(pid int) (usage, error) {
	read := func(name string) (string, error) {
		raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", pid, name))
		return string(raw), err
	}
	fields, err := statOf(pid)
	if err != nil {
		return usage{}, err
	}
	const user, system = 11, 12
	var u usage
	if u.cpu, err = timeIn(fields, user, system); err != nil {
		return usage{}, err
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

// statOf are the fields of a process' stat from its state on (proc(5), the third).
func statOf(pid int) ([]string, error) {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return nil, fmt.Errorf("processor time is known on Linux only: %w", err)
	}
	// The name of the program, in parentheses, may have spaces in it.
	return strings.Fields(string(raw[bytes.LastIndexByte(raw, ')')+1:])), nil
}

// timeIn adds up fields of a stat that count processor time.
func timeIn(stat []string, fields ...int) (total time.Duration, err error) {
	for _, i := range fields {
		n, err := strconv.Atoi(stat[i])
		if err != nil {
			return 0, err
		}
		total += time.Duration(n) * ticks
	}
	return total, nil
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
