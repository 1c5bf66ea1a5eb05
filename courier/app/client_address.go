package app

import (
	"net/http"
	"net/netip"
	"strings"
)

// clientAddress is where a request comes from: the other end of the connection.
// Only if that is a trusted proxy its X-Forwarded-For counts, from the right: the
// last address there that is no trusted proxy. What is no address ends the search,
// since anyone can write anything into the header.
func clientAddress(r *http.Request, trusted []netip.Prefix) string {
	connection, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return ""
	}
	address := connection.Addr().Unmap()
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0 && isTrusted(address, trusted); i-- {
		hop, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil || hop.Zone() != "" {
			break
		}
		address = hop.Unmap()
	}
	return address.String()
}

func isTrusted(address netip.Addr, networks []netip.Prefix) bool {
	for _, network := range networks {
		if network.Contains(address) {
			return true
		}
	}
	return false
}

// parseNetwork reads a network in CIDR notation, or one address.
func parseNetwork(text string) (netip.Prefix, error) {
	if address, err := netip.ParseAddr(text); err == nil {
		return netip.PrefixFrom(address, address.BitLen()), nil
	}
	return netip.ParsePrefix(text)
}
