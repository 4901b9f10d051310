"""Files of lists as lines: plain or compressed by zstd, of bounded size, with their SHA-256."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from openaisle.kernel.errors import OpenAisleError
from openaisle.suppliers.screening.entries import ListName
from openaisle.suppliers.screening.sources import LINE_LENGTH_MAXIMUM, SOURCES

_ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
_BYTES_MAXIMUM = 8 << 30
_HEAD_BYTES = 4096


class ListFileUnreadable(OpenAisleError):
    """A file is not there, cannot be read, is damaged, or is larger than any list."""

    code = "list-file-unreadable"
    title = "The file cannot be read"
    mend = "Give the path of the list's file, as it was fetched: CSV, plain or compressed by zstd (.zst)."


class _HashingReader(io.RawIOBase):
    """Reads a file and takes its SHA-256 on the way."""

    def __init__(self, file: io.BufferedReader) -> None:
        self._file = file
        self._digest = hashlib.sha256()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        view = memoryview(buffer).cast("B")
        piece = self._file.read(len(view))
        view[: len(piece)] = piece
        self._digest.update(piece)
        return len(piece)

    def sha256(self) -> str:
        """Read what is left and return the digest of the whole file."""
        while piece := self._file.read(1 << 20):
            self._digest.update(piece)
        return self._digest.hexdigest()


class ListFile:
    """One file of a list, opened for one pass over its lines."""

    def __init__(self, *, path: Path) -> None:
        """Open the file; raises ListFileUnreadable."""
        try:
            self._file = path.open("rb")
        except OSError as error:
            raise ListFileUnreadable(detail=f"{path}: {error.strerror or error}.") from None
        self._path = path
        self._reader = _HashingReader(self._file)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._file.close()

    def sha256(self) -> str:
        """Return the SHA-256 of the file as it lies there, in hexadecimal; once its lines are read."""
        return self._reader.sha256()

    def lines(self, *, encoding: str) -> Iterator[str]:
        """Yield the lines; of one that is too long only the beginning. Raises ListFileUnreadable."""
        compressed = self._file.peek(4)[:4] == _ZSTD_MAGIC
        content: BinaryIO = io.BufferedReader(self._reader)
        if compressed:
            import zstandard

            content = zstandard.ZstdDecompressor().stream_reader(content, read_across_frames=True)
            errors: tuple[type[Exception], ...] = (OSError, zstandard.ZstdError)
        else:
            errors = (OSError,)
        text = io.TextIOWrapper(content, encoding=encoding, errors="replace", newline="\n")
        read = 0
        whole = True
        try:
            while line := text.readline(LINE_LENGTH_MAXIMUM + 2):
                read += len(line)
                if read > _BYTES_MAXIMUM:
                    raise ListFileUnreadable(detail=f"{self._path.name} has more than {_BYTES_MAXIMUM >> 30} GiB.")
                if whole:
                    yield line
                # What follows in a line that is too long belongs to it and is passed over.
                whole = line.endswith("\n")
        except errors as error:
            raise ListFileUnreadable(detail=f"{self._path.name} is damaged: {error}.") from None
        finally:
            text.detach()


def guessed_list(*, path: Path) -> ListName:
    """Return the list that a file holds, by its first line; raises ListFileUnreadable."""
    header = SOURCES[ListName.GLEIF].header or []
    with ListFile(path=path) as file:
        first = next(file.lines(encoding="utf-8"), "")[:_HEAD_BYTES]
    return ListName.GLEIF if first.strip("\ufeff\r\n ") == ",".join(header) else ListName.OFAC_SDN
