"""Which addresses the services connect to on behalf of others."""

from __future__ import annotations

import socket
from ipaddress import IPv4Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servicekit.addresses import is_public, may_be_reached

PUBLIC = [
    "1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "172.15.255.255",
    "172.32.0.0", "192.167.255.255", "192.169.0.0", "198.17.255.255", "198.20.0.0", "223.255.255.255",
    "2606:4700:4700::1111", "2001:4860:4860::8888", "2400:cb00::1", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8",
    "2002:0808:0808::1",
]  # fmt: skip

NOT_PUBLIC = [
    # this host, loopback
    "0.0.0.0", "0.1.2.3", "127.0.0.1", "127.255.255.254", "::", "::1",
    # private
    "10.0.0.1", "10.255.255.255", "172.16.0.1", "172.31.255.255", "192.168.0.1", "100.64.0.1", "100.127.255.255",
    "fc00::1", "fdff::1", "fec0::1",
    # link-local and clouds' metadata
    "169.254.0.1", "169.254.169.254", "169.254.170.2", "100.100.100.200", "168.63.129.16", "fe80::1",
    "fd00:ec2::254",
    # multicast, broadcast, reserved, documentation, benchmarks
    "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255", "192.0.0.1", "192.0.2.1", "198.18.0.1",
    "198.19.255.255", "198.51.100.1", "203.0.113.1", "192.88.99.1", "ff02::1", "2001:db8::1", "100::1", "3fff::1",
    "5f00::1", "2001::1", "2001:2::1",
    # an IPv4 address in disguise: mapped, compatible, NAT64, 6to4
    "::ffff:127.0.0.1", "::ffff:7f00:1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1", "::a00:1",
    "64:ff9b::127.0.0.1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "2002:7f00:1::",
    "2002:a9fe:a9fe::1", "2002:c0a8:1::",
    # scoped
    "fe80::1%eth0", "2606:4700:4700::1111%eth0", "::1%lo",
    # not addresses as this service writes them
    "", "localhost", "example.com", "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "127.0.0.1.", " 127.0.0.1",
    "1.1.1.1/32", "[::1]", "8.8.8.8:80", "1.1.1.1\n", "\u0661.1.1.1",
]  # fmt: skip


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_everything_else_is_not(address: str) -> None:
    assert not is_public(address)


@given(st.ip_addresses(v=4))
def test_an_ipv4_address_is_judged_alike_in_each_of_its_disguises(address: IPv4Address) -> None:
    number = f"{int(address) >> 16:x}:{int(address) & 0xFFFF:x}"
    plain = is_public(str(address))
    for disguise in (f"::ffff:{number}", f"64:ff9b::{number}", f"2002:{number}::1"):
        assert is_public(disguise) is plain, disguise


@pytest.mark.parametrize("address", ["127.0.0.1", "127.9.9.9"])
def test_an_address_of_this_host_is_refused_even_where_it_is_public(
    monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setattr("servicekit.addresses.is_public", lambda _: True)
    assert not may_be_reached(address)
    assert may_be_reached(PUBLIC[0])


def test_a_host_that_lets_anything_be_bound_can_connect_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket.socket, "bind", lambda *_: None)  # net.ipv4.ip_nonlocal_bind
    assert may_be_reached(PUBLIC[0])
