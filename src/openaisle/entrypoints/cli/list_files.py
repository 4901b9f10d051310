"""Files of lists as lines: plain or compressed by zstd, of bounded size, with their SHA-256."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from openaisle.kernel.errors import OpenAisleError
from openaisle.suppliers.screening.entries import ListName
from openaisle.suppliers.screening.sources import LINE_LENGTH_MAXIMUM, SOURCES

_ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
_BYTES_MAXIMUM = 8 << 30
_PIECE_BYTES = 1024
# A letter has up to four bytes.
_LINE_BYTES_MAXIMUM = 4 * (LINE_LENGTH_MAXIMUM + 2)


class ListFileUnreadable(OpenAisleError):
    """A file is not there, cannot be read, is damaged, or is larger than any list."""

    code = "list-file-unreadable"
    title = "The file cannot be read"
    mend = "Give the path of the list's file, as it was fetched: CSV, plain or compressed by zstd (.zst)."


class ListFile:
    """One file of a list, opened for one pass over its lines."""

    def __init__(self, *, path: Path) -> None:
        """Open the file; raises ListFileUnreadable."""
        try:
            self._file = path.open("rb")
        except OSError as error:
            raise ListFileUnreadable(detail=f"{path}: {error.strerror or error}.") from None
        self._name = path.name
        self._digest = hashlib.sha256()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._file.close()

    def sha256(self) -> str:
        """Return the SHA-256 of the file as it lies there, in hexadecimal; once its lines are read."""
        for _ in self._stored():
            pass
        return self._digest.hexdigest()

    def lines(self, *, encoding: str) -> Iterator[str]:
        """Yield the lines; of one that is too long only the beginning. Raises ListFileUnreadable."""
        for line in self._split(self._content()):
            yield line.decode(encoding, errors="replace")

    def _split(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        rest, read = b"", 0
        passing_over = False
        for piece in pieces:
            read += len(piece)
            if read > _BYTES_MAXIMUM:
                raise ListFileUnreadable(detail=f"{self._name} holds more than {_BYTES_MAXIMUM >> 30} GiB.")
            *ended, rest = (rest + piece).split(b"\n")
            for line in ended:
                if not passing_over:
                    yield line[:_LINE_BYTES_MAXIMUM] + b"\n"
                passing_over = False
            if len(rest) >= _LINE_BYTES_MAXIMUM:
                if not passing_over:
                    yield rest[:_LINE_BYTES_MAXIMUM]
                # What follows belongs to a line that is too long.
                rest, passing_over = b"", True
        if rest and not passing_over:
            yield rest

    def _content(self) -> Iterator[bytes]:
        stored = self._stored()
        first = next(stored, b"")
        pieces = itertools.chain((first,), stored)
        return self._decompressed(pieces) if first.startswith(_ZSTD_MAGIC) else pieces

    def _stored(self) -> Iterator[bytes]:
        try:
            # A bomb grows a thousandfold and more: pieces are so small that it fills no memory.
            while piece := self._file.read(_PIECE_BYTES):
                self._digest.update(piece)
                yield piece
        except OSError as error:
            raise ListFileUnreadable(detail=f"{self._name}: {error.strerror or error}.") from None

    def _decompressed(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        import zstandard

        decompressor = zstandard.ZstdDecompressor()
        frame, within = decompressor.decompressobj(), False
        for piece in pieces:
            left = piece
            # A file may hold several frames, one after the other.
            while left:
                try:
                    yield frame.decompress(left)
                except zstandard.ZstdError as error:
                    raise ListFileUnreadable(detail=f"{self._name} is damaged: {error}.") from None
                left, within = (frame.unused_data, False) if frame.eof else (b"", True)
                if frame.eof:
                    frame = decompressor.decompressobj()
        if within:
            raise ListFileUnreadable(detail=f"The end of {self._name} is missing.")


def guessed_list(*, path: Path) -> ListName:
    """Return the list that a file holds, by its first line; raises ListFileUnreadable."""
    header = SOURCES[ListName.GLEIF].header or []
    with ListFile(path=path) as file:
        first = next(file.lines(encoding="utf-8"), "")
    return ListName.GLEIF if first.strip("\ufeff\r\n ") == ",".join(header) else ListName.OFAC_SDN
