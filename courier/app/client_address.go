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
	// What comes by a unix socket has no address.
	connection, _ := netip.ParseAddrPort(r.RemoteAddr)
	address := connection.Addr().Unmap()
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0 && isTrusted(address, trusted); i-- {
		hop, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil || hop.Zone() != "" {
			break
		}
		address = hop.Unmap()
	}
	if !address.IsValid() {
		return ""
	}
	return address.String()
}

func isTrusted(address netip.Addr, networks []netip.Prefix) bool {
	for _, network := range networks {
		if network.Contains(address) || network == viaSocket && !address.IsValid() {
			return true
		}
	}
	return false
}

// viaSocket is the network of those who come by a unix socket: no address is in it.
var viaSocket = netip.Prefix{}

// parseNetwork reads a network in CIDR notation, one address, or "unix".
func parseNetwork(text string) (netip.Prefix, error) {
	if text == "unix" {
		return viaSocket, nil
	}
	if address, err := netip.ParseAddr(text); err == nil {
		return netip.PrefixFrom(address, address.BitLen()), nil
	}
	return netip.ParsePrefix(text)
}
