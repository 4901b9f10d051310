"""Which addresses may be called: the guard against server-side request forgery.

Pure decisions about URLs and IP addresses; the caller applies them before a call and again to each address that
a name resolves to, and then connects to just that address, so a name cannot change its mind in between.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from yarl import URL

from openaisle.kernel.outbound import AddressRefused

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

MAXIMUM_URL_CHARACTERS = 2_000
_NAME = re.compile(r"[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*\.?", re.ASCII)
# The WHATWG rule: a host whose last label is a number is an IPv4 address in some notation, never a name.
_ENDS_IN_NUMBER = re.compile(r"(^|\.)([0-9]+|0x[0-9a-f]*)\.?$", re.ASCII)

# Source: the IANA special-purpose address registries, RFC 6890. 168.63.129.16 is no special range, but in one
# large cloud it answers as the machine's own control service.
_REFUSED_IPV4 = (
    IPv4Network("0.0.0.0/8"),
    IPv4Network("10.0.0.0/8"),
    IPv4Network("100.64.0.0/10"),
    IPv4Network("127.0.0.0/8"),
    IPv4Network("168.63.129.16/32"),
    IPv4Network("169.254.0.0/16"),
    IPv4Network("172.16.0.0/12"),
    IPv4Network("192.0.0.0/24"),
    IPv4Network("192.0.2.0/24"),
    IPv4Network("192.31.196.0/24"),
    IPv4Network("192.52.193.0/24"),
    IPv4Network("192.88.99.0/24"),
    IPv4Network("192.168.0.0/16"),
    IPv4Network("192.175.48.0/24"),
    IPv4Network("198.18.0.0/15"),
    IPv4Network("198.51.100.0/24"),
    IPv4Network("203.0.113.0/24"),
    IPv4Network("224.0.0.0/4"),
    IPv4Network("240.0.0.0/4"),
)
# Of IPv6 only global unicast is called, without its special blocks: Teredo and other 2001::/23, documentation, 6to4.
_GLOBAL_IPV6 = IPv6Network("2000::/3")
_REFUSED_IPV6 = (
    IPv6Network("2001::/23"),
    IPv6Network("2001:db8::/32"),
    IPv6Network("2002::/16"),
    IPv6Network("2620:4f:8000::/48"),
    IPv6Network("3fff::/20"),
)
_NAT64 = IPv6Network("64:ff9b::/96")


def is_public(*, address: Address) -> bool:
    """Return whether the address belongs to the public internet, also looked at through IPv6 wrappers of IPv4."""
    if isinstance(address, IPv6Address):
        wrapped = _wrapped_ipv4(address=address)
        if wrapped is None:
            return address in _GLOBAL_IPV6 and not any(address in network for network in _REFUSED_IPV6)
        address = wrapped
    return not any(address in network for network in _REFUSED_IPV4)


def _wrapped_ipv4(*, address: IPv6Address) -> IPv4Address | None:
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return IPv4Address(int(address) & 0xFFFFFFFF) if address in _NAT64 else None


class AddressGuard:
    """Decides which addresses may be called.

    Public addresses may, over https, and over http where ``plain_http`` is set. ``allowed_private_hosts`` names
    what may be called besides, over either: ``host:port``, ``host`` (any port), an address, or a network
    (``10.1.0.0/16``).
    """

    def __init__(self, *, allowed_private_hosts: Iterable[str] = (), plain_http: bool = False) -> None:
        """Take the settings; raises ValueError for an entry that is neither host nor network."""
        self._plain_http = plain_http
        self._hosts: set[tuple[str, int | None]] = set()
        self._networks: list[Network] = []
        for entry in allowed_private_hosts:
            self._allow(entry.strip().lower())
        # The same few hundred addresses are called again and again; looking at each once saves a tenth of a call.
        self._checked = lru_cache(maxsize=20_000)(self._check)

    def checked(self, *, url: str) -> URL:
        """Return the parsed address, as far as it may be called without knowing what its name resolves to.

        The caller must connect with this very value: a second parser might read the text otherwise. Raises
        AddressRefused.
        """
        return self._checked(url)

    def require_allowed(self, *, host: str, port: int, address: Address) -> None:
        """Raise AddressRefused unless ``address``, to which ``host`` resolves, may be called at ``port``."""
        if not is_public(address=address) and not self._is_named(host=host, port=port, address=address):
            raise AddressRefused(
                detail=f"{host}:{port} leads to {address}, which is not an address of the public internet."
            )

    def _allow(self, entry: str) -> None:
        try:
            self._networks.append(ip_network(entry))
        except ValueError:
            found = re.fullmatch(r"(?:\[(?P<literal>[0-9a-f:.]+)\]|(?P<name>[^:/\s]+))(?::(?P<port>\d{1,5}))?", entry)
            if not found:
                message = f"{entry!r} is neither host:port, host, address nor network"
                raise ValueError(message) from None
            port = int(found["port"]) if found["port"] else None
            self._hosts.add((found["literal"] or found["name"], port))

    def _check(self, url: str) -> URL:
        if len(url) > MAXIMUM_URL_CHARACTERS:
            raise AddressRefused(detail=f"An address has at most {MAXIMUM_URL_CHARACTERS} characters.")
        if not url.isprintable() or " " in url or "\\" in url:
            raise AddressRefused(detail="The address holds white space, a control character or a backslash.")
        try:
            parsed = URL(url)
            host, port = (parsed.raw_host or "").lower(), parsed.port
        except ValueError as error:
            raise AddressRefused(detail=f"The address cannot be read: {error}.") from error
        if parsed.scheme not in {"http", "https"} or not host or not port:
            raise AddressRefused(detail="The address is not a complete https address, scheme and host included.")
        if "@" in url.split("/", 3)[2] or parsed.raw_user is not None or parsed.raw_password is not None:
            raise AddressRefused(detail="The address holds a user name or password; requests are signed instead.")
        if parsed.raw_fragment:
            raise AddressRefused(detail="The address holds a fragment (#), which is never sent.")
        address = _literal(host=host)
        if address is not None:
            self.require_allowed(host=host, port=port, address=address)
        if parsed.scheme == "http" and not self._plain_http and not self._is_named(host, port, address):
            raise AddressRefused(detail=f"{host}:{port} may be called over https only.")
        return parsed

    def _is_named(self, host: str, port: int, address: Address | None) -> bool:
        names = (host, host.rstrip(".")) if address is None else (host, host.rstrip("."), str(address))
        if any((name, allowed) in self._hosts for name in names for allowed in (port, None)):
            return True
        return address is not None and any(address in network for network in self._networks)


def _literal(*, host: str) -> Address | None:
    """Return the address that a host in its usual notation is, None for a name; raises AddressRefused."""
    if _NAME.fullmatch(host) and not _ENDS_IN_NUMBER.search(host):
        return None
    try:
        if "%" not in host:
            return ip_address(host)
    except ValueError:
        pass
    # 2130706433, 0177.1 and 127.1 are read as addresses by some and as names by others; nobody needs them.
    raise AddressRefused(detail=f"{host!r} is neither a host name nor an IP address in its usual form.")
