"""Website addresses: their parts, and what makes one a public website. Nothing is called here."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import SplitResult, urlsplit

_LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")
_PRIVATE_ENDINGS = frozenset(
    {
        "arpa",
        "corp",
        "home",
        "internal",
        "intranet",
        "invalid",
        "lan",
        "local",
        "localdomain",
        "localhost",
        "onion",
        "test",
    }
)
_HOST_LENGTH_MAXIMUM = 253


def website_parts(*, text: str) -> SplitResult | None:
    """Return the parts of an address, None if it is none."""
    try:
        parts = urlsplit(text)
        # The port is only read when asked for, and may be nonsense.
        _ = parts.port
    except ValueError:
        return None
    return parts


def website_host(*, parts: SplitResult) -> str | None:
    """Return the host in the ASCII form of domain names (IDNA), None if it has none."""
    host = (parts.hostname or "").rstrip(".")
    try:
        return host.encode("idna").decode().lower() or None
    except UnicodeError:
        return None


def reason_against_host(*, host: str) -> str | None:
    """Return, as the end of a sentence, why a host can't be a public website's; None if it can."""
    if _is_address(host=host):
        return "it is a bare network address instead of a name"
    labels = host.split(".")
    if labels[-1] in _PRIVATE_ENDINGS or len(labels) < 2:
        return "its name exists in private networks only"
    if len(host) > _HOST_LENGTH_MAXIMUM or not all(_LABEL.fullmatch(label) for label in labels) or labels[-1].isdigit():
        return "it has not the form of a domain name"
    return None


def _is_address(*, host: str) -> bool:
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        # Browsers also take 2130706433, 0x7f.1 and 127.1 for addresses.
        return re.fullmatch(r"(?:0x[0-9a-f]+|\d+)(?:\.(?:0x[0-9a-f]+|\d+)){0,3}", host) is not None
    return True
