package doctor

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"path/filepath"
	"strings"
)

// Machine is what the courier wants of the machine that it runs on.
type Machine struct {
	// PrivateHost and PublicHost are serve.private.host and serve.public.host.
	PrivateHost, PublicHost string
	// Memory says that deliveries are kept in memory.
	Memory bool
	// Database is the file of the SQLite database; "" means that there is none.
	Database string
	// Files hold secrets.
	Files []File
}

// leastRoom is how much disk room the folder of the database should have, in bytes.
const leastRoom = 1 << 30

// errNotMeasured says that this system does not tell what was asked for.
var errNotMeasured = errors.New("doctor cannot ask this system")

func (m Machine) examine(r *Report) {
	r.found(privateListener(m.PrivateHost)...)
	if isLoopback(m.PublicHost) {
		r.learned("serve.public.host", "only a proxy on this machine reaches the public listener")
	}
	for _, file := range m.Files {
		file.examine(r)
	}
	switch {
	case m.Memory:
		r.found(Finding{
			Warning, "dsn", "memory forgets all deliveries, limits and repeats when the process ends",
			"set sqlite:///var/lib/whatsapp-courier/courier.db or another database",
		})
	case m.Database != "":
		examineFolder(filepath.Dir(m.Database), r)
	default:
		r.skipped("dsn", "the database server; serve says at its start what is wrong with it")
	}
}

// examineFolder asks whether a database can be kept in a folder.
func examineFolder(folder string, r *Report) {
	writable := writableFolder(folder)
	r.found(databaseFolder(folder, writable)...)
	if writable != nil {
		return
	}
	free, err := room(folder)
	r.found(diskRoom(folder, free, err)...)
	if err == nil {
		r.learned("dsn", fmt.Sprintf("%s is writable and has %s of room", folder, size(free)))
	}
}

// privateListener says when strangers could reach the listener of Kratos and operators.
func privateListener(host string) []Finding {
	const do = "listen on an address that only Kratos and operators reach, such as 127.0.0.1, or keep others off it with a firewall"
	if host == "" {
		return []Finding{{Warning, "serve.private.host", "the private listener listens on all addresses of this machine", do}}
	}
	address, err := netip.ParseAddr(strings.Trim(host, "[]"))
	switch {
	case err != nil: // a name, such as localhost
		return nil
	case address.IsUnspecified():
		return []Finding{{Warning, "serve.private.host", "the private listener listens on all addresses of this machine", do}}
	case net.IP(address.AsSlice()).IsGlobalUnicast() && !address.IsPrivate():
		return []Finding{{Error, "serve.private.host", "the private listener listens on a public address", do}}
	}
	return nil
}

// isLoopback reports whether no other machine reaches a listener.
func isLoopback(host string) bool {
	address, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil && address.IsLoopback() || host == "localhost"
}

func databaseFolder(folder string, err error) []Finding {
	if err == nil {
		return nil
	}
	severity, what := Error, fmt.Sprintf("the folder %s is not writable for the user that runs doctor (%v)", folder, err)
	if errors.Is(err, errNotMeasured) {
		severity, what = Unknown, fmt.Sprintf("whether the folder %s is writable: %v", folder, err)
	}
	return []Finding{{severity, "dsn", what, "create it, writable for the user that runs the courier, and run doctor as that user"}}
}

func diskRoom(folder string, free uint64, err error) []Finding {
	switch {
	case err != nil:
		return []Finding{{Unknown, "dsn", fmt.Sprintf("how much room the disk of %s has: %v", folder, err), "look at it with df"}}
	case free < leastRoom:
		return []Finding{{
			Warning, "dsn", fmt.Sprintf("the disk of %s has %s of room left; once it is full, no code is taken from Kratos", folder, size(free)),
			fmt.Sprintf("make room, at least %s, or shorten keep", size(leastRoom)),
		}}
	}
	return nil
}

func size(bytes uint64) string { return fmt.Sprintf("%.1f GiB", float64(bytes)/(1<<30)) }
