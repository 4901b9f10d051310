"""Identifiers: a prefix that names the kind, then 26 characters of Crockford's base 32."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Protocol

from openaisle.kernel.context import Clock

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_PAIRS = tuple(high + low for high in _ALPHABET for low in _ALPHABET)
_ENTROPY_BYTES = 10


class Identifiers(Protocol):
    """Makes new identifiers; a port, so that a simulation with a seed repeats itself exactly."""

    def new(self, *, prefix: str) -> str:
        """Return ``prefix_`` followed by 26 characters that sort by time of making."""
        ...


class TimeOrderedIdentifiers:
    """Identifiers of 48 bits of milliseconds and 80 bits of entropy (the layout of a ULID)."""

    def __init__(self, *, clock: Clock, entropy: Callable[[int], bytes]) -> None:
        """Take the ``clock`` and ``entropy``, a function from a number of bytes to that many random bytes."""
        self._clock = clock
        self._entropy = entropy

    def new(self, *, prefix: str) -> str:
        """Return a new identifier; two made in one millisecond differ by entropy alone."""
        milliseconds = int(self._clock.now().timestamp() * 1000)
        number = (milliseconds << 80) | int.from_bytes(self._entropy(_ENTROPY_BYTES), "big")
        return f"{prefix}_{_base32(number=number)}"


def derived_identifier(*, prefix: str, parts: tuple[str, ...]) -> str:
    """Return the identifier that the same ``parts`` always give: whoever makes it twice makes the same record.

    The parts are joined by a separator that none may hold (U+001F) and hashed with SHA-256, of which the first 128
    bits are kept: a hash that engines of tables know too, so that a million identifiers are made without Python.
    """
    digest = hashlib.sha256("\x1f".join(parts).encode()).digest()[:16]
    return f"{prefix}_{_base32(number=int.from_bytes(digest, 'big'))}"


def _base32(*, number: int) -> str:
    # Two characters a step: a 1,024-entry table halves the divisions on the path of every order.
    pieces = []
    for _ in range(13):
        pieces.append(_PAIRS[number & 1023])
        number >>= 10
    pieces.reverse()
    return "".join(pieces)
