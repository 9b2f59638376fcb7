package webhook

import (
	"context"
	"fmt"
	"net/netip"
	"syscall"
)

// notPublic are the networks that look public to net/netip and are not, or reach
// others by what is written in the address: RFC 6890 and the registries it began.
var notPublic = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"),       // this network
	netip.MustParsePrefix("100.64.0.0/10"),   // shared by the customers of a carrier
	netip.MustParsePrefix("192.0.0.0/24"),    // protocols
	netip.MustParsePrefix("192.0.2.0/24"),    // documentation
	netip.MustParsePrefix("192.88.99.0/24"),  // relays of 6to4
	netip.MustParsePrefix("198.18.0.0/15"),   // benchmarks
	netip.MustParsePrefix("198.51.100.0/24"), // documentation
	netip.MustParsePrefix("203.0.113.0/24"),  // documentation
	netip.MustParsePrefix("240.0.0.0/4"),     // reserved, and broadcast
	netip.MustParsePrefix("64:ff9b::/96"),    // NAT64
	netip.MustParsePrefix("64:ff9b:1::/48"),  // NAT64 of a network's own
	netip.MustParsePrefix("100::/64"),        // discarded
	netip.MustParsePrefix("2001::/23"),       // protocols, Teredo among them
	netip.MustParsePrefix("2001:db8::/32"),   // documentation
	netip.MustParsePrefix("2002::/16"),       // 6to4
	netip.MustParsePrefix("3fff::/20"),       // documentation
	netip.MustParsePrefix("5f00::/16"),       // segment routing
	netip.MustParsePrefix("fec0::/10"),       // site-local, of old
}

// Public says whether an address is one that anybody can reach.
func Public(addr netip.Addr) bool {
	addr = addr.Unmap().WithZone("")
	if !addr.IsGlobalUnicast() || addr.IsPrivate() {
		return false
	}
	for _, network := range notPublic {
		if network.Contains(addr) {
			return false
		}
	}
	return true
}

// Guard is the ControlContext of a net.Dialer that lets through connections to
// public addresses and the ports 443 and 8443. It sees what a name was resolved
// to, so a name that is resolved to another address later changes nothing.
func Guard(_ context.Context, network, address string, _ syscall.RawConn) error {
	target, err := netip.ParseAddrPort(address)
	switch {
	case err != nil:
		return fmt.Errorf("connecting to %s: %w", address, err)
	case network != "tcp4" && network != "tcp6":
		return fmt.Errorf("connecting to %s: webhooks go over TCP, not %s", address, network)
	case !Public(target.Addr()):
		return fmt.Errorf("connecting to %s: it is no public address; say that the endpoint is private if that is meant", address)
	case target.Port() != 443 && target.Port() != 8443:
		return fmt.Errorf("connecting to %s: webhooks go to the ports 443 and 8443", address)
	}
	return nil
}
