"""How an index lies in its file: a header that says where each part begins, then the parts, as the machine reads them.

Built once when a list is loaded, then only mapped into memory: nothing is decoded before it is asked for.
"""

from __future__ import annotations

import math
import sys
import zlib
from array import array
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from openaisle.kernel.errors import OpenAisleError

MAGIC = b"OANAMES1"
_ALIGNMENT = 8


class NameIndexUnusable(OpenAisleError):
    """A stored index is of another version or machine, or is damaged."""

    code = "name-index-unusable"
    title = "A loaded list cannot be read"
    status = 500
    mend = "Load the list anew: openaisle screening load FILE."


class IndexHeader(msgspec.Struct, frozen=True, kw_only=True):
    """Where each part of an index lies, as offset from the end of the header and length in bytes."""

    byte_order: str
    entries: int
    names: int
    words: int
    parts: dict[str, tuple[int, int]]


def hashed(text: str, /) -> int:
    """Return a number of 32 bits, the same in every process."""
    return zlib.crc32(text.encode())


def weight_of(*, frequency: int, names: int) -> float:
    """Return how much a word tells that stands in so many of a list's names; one that stands in none, as if in one."""
    return math.log(1.0 + names / max(frequency, 1))


def packed(*, entries: int, names: int, words: int, parts: Mapping[str, bytes]) -> Iterator[bytes]:
    """Yield the pieces of an index's file."""
    places: dict[str, tuple[int, int]] = {}
    offset = 0
    for name, part in parts.items():
        places[name] = (offset, len(part))
        offset += _padded(len(part))
    header = msgspec.json.encode(
        IndexHeader(byte_order=sys.byteorder, entries=entries, names=names, words=words, parts=places)
    )
    header += b" " * (_padded(len(header)) - len(header))
    yield MAGIC
    yield len(header).to_bytes(_ALIGNMENT, "little")
    yield header
    for part in parts.values():
        yield part
        yield bytes(_padded(len(part)) - len(part))


def unpacked(*, content: memoryview) -> tuple[IndexHeader, Mapping[str, memoryview]]:
    """Return the header and the parts of an index's file; raises NameIndexUnusable."""
    start = len(MAGIC) + _ALIGNMENT
    if len(content) < start or content[: len(MAGIC)] != MAGIC:
        raise NameIndexUnusable(detail="It was not written by this version of OpenAisle.")
    length = int.from_bytes(content[len(MAGIC) : start], "little")
    try:
        header = msgspec.json.decode(content[start : start + length], type=IndexHeader)
    except msgspec.DecodeError:
        raise NameIndexUnusable(detail="Its header is damaged.") from None
    if header.byte_order != sys.byteorder:
        raise NameIndexUnusable(detail="It was written on a machine with another order of bytes.")
    start += length
    if any(start + offset + size > len(content) for offset, size in header.parts.values()):
        raise NameIndexUnusable(detail="Its end is missing.")
    return header, {
        name: content[start + offset : start + offset + size] for name, (offset, size) in header.parts.items()
    }


def numbers(content: memoryview, /) -> Any:  # noqa: ANN401 - a memoryview of int, which typeshed cannot say before 3.12
    """Return a part as unsigned numbers of 32 bits."""
    return content.cast("I")


def fractions(content: memoryview, /) -> Any:  # noqa: ANN401 - a memoryview of float
    """Return a part as fractions of 32 bits."""
    return content.cast("f")


def numbered(values: list[int], /) -> bytes:
    """Return numbers of 32 bits as a part."""
    return array("I", values).tobytes()


def _padded(length: int) -> int:
    return -(-length // _ALIGNMENT) * _ALIGNMENT
