"""Whose request it is: not what a stranger writes into a header."""

from __future__ import annotations

from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proctoring.access.addresses import UNKNOWN, client_address

PROXIES = (ip_network("10.0.0.0/8"), ip_network("fd00::/8"))


@pytest.mark.parametrize(
    ("peer", "forwarded_for", "address"),
    [
        ("192.0.2.1", "", "192.0.2.1"),
        ("192.0.2.1", "198.51.100.1", "192.0.2.1"),  # no proxy of ours says so
        ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "1.2.3.4, 198.51.100.1", "198.51.100.1"),  # the first is the client's own
        ("10.0.0.1", "1.2.3.4, 198.51.100.1, 10.0.0.2", "198.51.100.1"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "10.0.0.2", "10.0.0.1"),
        ("10.0.0.1", "nonsense", UNKNOWN),
        ("fd00::1", "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),  # one household
        ("::ffff:192.0.2.1", "", "192.0.2.1"),
        ("testclient", "", UNKNOWN),
        ("", "", UNKNOWN),
    ],
)
def test_the_nearest_that_is_no_proxy_of_ours(peer, forwarded_for, address):
    assert client_address(peer, forwarded_for, PROXIES) == address


@given(st.text(st.characters(exclude_categories=())))
def test_no_header_makes_a_stranger_somebody_else(forwarded_for):
    assert client_address("192.0.2.1", forwarded_for, PROXIES) == "192.0.2.1"
    assert client_address("192.0.2.1", forwarded_for, ()) == "192.0.2.1"
