"""Which network addresses belong to the public internet."""

from __future__ import annotations

import socket
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

# Beyond what `is_global` knows, whose tables differ between Python releases (CVE-2024-4032);
# source: the IANA special-purpose address registries (RFC 6890 and its updates).
_REFUSED = tuple(
    ip_network(block)
    for block in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
        # a cloud's metadata and virtual services outside the private ranges
        "100.100.100.200/32",
        "168.63.129.16/32",
        "::/128",
        "::1/128",
        "64:ff9b:1::/48",
        "100::/64",
        "2001::/23",
        "2001:db8::/32",
        "3fff::/20",
        "5f00::/16",
        "fc00::/7",
        "fe80::/10",
        "fec0::/10",
        "ff00::/8",
    )
)
_NAT64 = ip_network("64:ff9b::/96")
_6TO4 = ip_network("2002::/16")
_NOBODYS_IPV4 = "192.0.2.1"  # TEST-NET-1, RFC 5737
_NOBODYS_IPV6 = "2001:db8::1"  # RFC 3849


def is_public(address: str) -> bool:
    """Whether a literal address is a unicast address of the public internet.

    Addresses that wrap an IPv4 address (mapped, compatible, NAT64, 6to4) are judged by
    what they wrap; a scope or anything that is not an address is not public.
    """
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    if isinstance(parsed, IPv6Address):
        if parsed.scope_id is not None:
            return False
        inner = _embedded(parsed)
        if inner is not None:
            return is_public(str(inner))
    return parsed.is_global and not any(parsed in block for block in _REFUSED if block.version == parsed.version)


def _embedded(address: IPv6Address) -> IPv4Address | None:
    value = int(address)
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address in _NAT64 or (value >> 32 == 0 and value > 1):
        return IPv4Address(value & 0xFFFFFFFF)
    if address in _6TO4:
        return IPv4Address((value >> 80) & 0xFFFFFFFF)
    return None


def may_be_reached(address: str) -> bool:
    """Whether to connect to a literal address on behalf of others: public, and not this very host's."""
    return is_public(address) and not _is_of_this_host(address)


def _is_of_this_host(address: str) -> bool:
    # Where the kernel lets anything be bound (ip_nonlocal_bind), binding tells nothing.
    return _can_bind(address) and not _can_bind(_NOBODYS_IPV6 if ":" in address else _NOBODYS_IPV4)


def _can_bind(address: str) -> bool:
    try:
        with socket.socket(_family(address), socket.SOCK_STREAM) as probe:
            probe.bind((address, 0))
    except OSError:
        return False
    return True


def _family(address: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in address else socket.AF_INET
