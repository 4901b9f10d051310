"""Which addresses may be called, in whatever notation they come."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openaisle.adapters.http.address_guard import AddressGuard, is_public
from openaisle.kernel.outbound import AddressRefused

INSIDE = [
    ip_network(text)
    for text in [
        "127.0.0.0/8",
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "169.254.0.0/16",
        "100.64.0.0/10",
        "0.0.0.0/8",
        "224.0.0.0/4",
        "240.0.0.0/4",
    ]
]

inside_addresses = st.sampled_from(INSIDE).flatmap(
    lambda network: st.integers(int(network.network_address), int(network.broadcast_address)).map(IPv4Address)
)


def notations(address: IPv4Address) -> list[str]:
    """The ways in which somebody, somewhere, reads an IPv4 address out of a host."""
    number, octets = int(address), address.packed
    return [
        str(address),
        f"{address}.",
        str(number),
        hex(number),
        f"0{number:o}",
        ".".join(f"0{octet:o}" for octet in octets),
        ".".join(f"{octet:#x}" for octet in octets),
        ".".join(f"{octet:03d}" for octet in octets),
        f"{octets[0]}.{number & 0xFFFFFF}",
        f"{octets[0]}.{octets[1]}.{number & 0xFFFF}",
        f"{octets[0]:#x}.{number & 0xFFFFFF}",
        f"[::ffff:{address}]",
        f"[::{address}]",
        f"[64:ff9b::{address}]",
        f"[2002:{octets[0]:02x}{octets[1]:02x}:{octets[2]:02x}{octets[3]:02x}::1]",
        str(address).replace("1", "①").replace(".", "。"),
        str(address).replace("1", "%31"),
    ]


@given(address=inside_addresses, scheme=st.sampled_from(["http", "https"]))
def test_an_address_inside_is_refused_in_every_notation(address: IPv4Address, scheme: str):
    guard = AddressGuard(plain_http=True)
    for host in notations(address):
        with pytest.raises(AddressRefused):
            guard.checked(url=f"{scheme}://{host}/orders")


@given(address=st.ip_addresses())
def test_nothing_is_public_that_the_standard_library_calls_private(address: IPv4Address | IPv6Address):
    # Of an address that wraps one of IPv4 the inner one decides; the library calls the wrappers of NAT64 reserved.
    nat64 = isinstance(address, IPv6Address) and address in IPv6Network("64:ff9b::/96")
    wrapped = nat64 or (isinstance(address, IPv6Address) and address.ipv4_mapped)
    if is_public(address=address) and not wrapped:
        assert not address.is_private
        assert not address.is_multicast
        assert not address.is_link_local
        assert not address.is_reserved


@given(address=st.ip_addresses(v=4))
def test_an_ipv4_address_is_the_same_behind_an_ipv6_wrapper(address: IPv4Address):
    assert is_public(address=ip_address(f"::ffff:{address}")) == is_public(address=address)
    assert is_public(address=ip_address(f"64:ff9b::{address}")) == is_public(address=address)


@given(url=st.text(max_size=80) | st.from_regex(r"https?://[^/]{0,40}(/.*)?", fullmatch=True))
def test_any_text_is_either_an_address_or_refused_by_name(url: str):
    try:
        parsed = AddressGuard().checked(url=url)
    except AddressRefused:
        return
    assert parsed.scheme == "https"
    assert parsed.raw_host


@pytest.mark.parametrize(
    "url",
    [
        "https://[::1]/",
        "https://[::]/",
        "https://[fe80::1]/",
        "https://[fe80::1%25eth0]/",
        "https://[fc00::1]/",
        "https://[fd00:ec2::254]/",
        "https://[ff02::1]/",
        "https://169.254.169.254/latest/meta-data/",
        "https://100.100.100.200/latest/meta-data/",
        "https://168.63.129.16/",
        "ftp://supplier.example/",
        "file:///etc/passwd",
        "gopher://supplier.example/",
        "//supplier.example/orders",
        "supplier.example/orders",
        "https://",
        "https:///orders",
        "https://user:password@supplier.example/",
        "https://user@supplier.example/",
        "https://@supplier.example/",
        "https://supplier.example\\@127.0.0.1/",
        "https://supplier.example/#fragment",
        "https://supplier.example:99999/",
        "https://supplier.example:0/",
        "https://supplier example/",
        "https://supplier.example/\r\nx: y",
        "https://-supplier.example/",
        "https://supplier..example/",
        "https://" + "a" * 2_000,
        "http://supplier.example/orders",
    ],
)
def test_what_is_no_public_https_address_is_refused(url: str):
    with pytest.raises(AddressRefused):
        AddressGuard().checked(url=url)


@pytest.mark.parametrize(
    "url",
    [
        "https://supplier.example/orders?version=1",
        "https://supplier.example:8443/orders",
        "https://supplier.example./orders",
        "https://my_host.supplier.example/",
        "https://8.8.8.8/orders",
        "https://[2606:4700:4700::1111]/orders",
        "https://bücher.example/",
        "https://3com.example/",
    ],
)
def test_a_public_https_address_is_called(url: str):
    assert AddressGuard().checked(url=url).scheme == "https"


def test_plain_http_is_called_where_the_operator_allows_it():
    assert AddressGuard(plain_http=True).checked(url="http://supplier.example/").port == 80


@pytest.mark.parametrize(
    ("allowed", "url"),
    [
        ("127.0.0.1:9000", "http://127.0.0.1:9000/"),
        ("localhost:9000", "http://LOCALHOST:9000/"),
        ("localhost", "http://localhost:9000/"),
        ("[::1]:9000", "http://[::1]:9000/"),
        ("10.1.0.0/16", "http://10.1.2.3/"),
        ("10.1.2.3", "https://10.1.2.3/"),
        ("fd00::/8", "https://[fd12::1]/"),
    ],
)
def test_a_private_host_is_called_where_the_operator_names_it(allowed: str, url: str):
    assert AddressGuard(allowed_private_hosts=[allowed]).checked(url=url)


@pytest.mark.parametrize("url", ["http://127.0.0.1:9001/", "http://127.0.0.2:9000/", "http://2130706433:9000/"])
def test_naming_one_private_host_allows_no_other(url: str):
    with pytest.raises(AddressRefused):
        AddressGuard(allowed_private_hosts=["127.0.0.1:9000"]).checked(url=url)


def test_a_name_that_resolves_to_an_allowed_address_is_called():
    guard = AddressGuard(allowed_private_hosts=["127.0.0.1:9000", "localhost:9001"])
    guard.require_allowed(host="supplier.example", port=9000, address=ip_address("127.0.0.1"))
    guard.require_allowed(host="localhost", port=9001, address=ip_address("::1"))
    with pytest.raises(AddressRefused):
        guard.require_allowed(host="supplier.example", port=9001, address=ip_address("127.0.0.1"))


def test_a_setting_that_is_neither_host_nor_network_is_named():
    with pytest.raises(ValueError, match="neither host:port"):
        AddressGuard(allowed_private_hosts=["http://localhost:9000/"])
