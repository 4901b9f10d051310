"""What a file is by its first bytes, and what it is unpacked to: bounded in bytes, ratio, entries and depth."""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Protocol

from openaisle.catalog.issues import IssueCode
from openaisle.feeds.reading.model import FileUnreadable, ReadingLimits, SourceFile

_PIECE_BYTES = 1_048_576
_START_BYTES = 4_096
_DIRECTORY_BYTES_PER_ENTRY = 2_048
_END_RECORD = b"PK\x05\x06"
_END_RECORD_64 = b"PK\x06\x06"
_GZIP_WINDOW = 31


class Container(StrEnum):
    """What a file is before anything in it is understood."""

    GZIP = "gzip"
    ZIP = "zip"
    SPREADSHEET = "spreadsheet"
    TEXT = "text"


class BytesTarget(Protocol):
    """Takes bytes."""

    def write(self, piece: bytes, /) -> int:
        """Take a piece."""
        ...


_UNSUPPORTED = (
    (b"%PDF", "a PDF document"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"Rar!", "a RAR archive"),
    (b"BZh", "packed by bzip2"),
    (b"\xfd7zXZ", "packed by xz"),
    (b"\x28\xb5\x2f\xfd", "packed by Zstandard"),
    (b"\xd0\xcf\x11\xe0", "an old or password-protected workbook"),
    (b"PAR1", "a Parquet file"),
    (b"SQLite format 3", "a database"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
)


def unpack(*, path: Path, folder: Path, limits: ReadingLimits) -> tuple[SourceFile, Container]:
    """Return the file within all its packings, and whether it is a spreadsheet or text; raises FileUnreadable."""
    packed_by: tuple[str, ...] = ()
    if path.stat().st_size > limits.file_bytes:
        raise _too_large(limits.file_bytes)
    while True:
        kind = container_of(path=path, limits=limits)
        if kind in {Container.SPREADSHEET, Container.TEXT}:
            return SourceFile(path=path, packed_by=packed_by), kind
        if len(packed_by) >= limits.archive_depth:
            message = f"The file is packed more than {limits.archive_depth} times."
            raise FileUnreadable(code=IssueCode.ARCHIVE_REFUSED, message=message)
        target = folder / f"unpacked-{len(packed_by)}"
        if kind is Container.GZIP:
            _gunzip(path=path, target=target, limits=limits)
        else:
            _unzip(path=path, target=target, limits=limits)
        if packed_by:
            path.unlink()
        path, packed_by = target, (*packed_by, kind.value)


def container_of(*, path: Path, limits: ReadingLimits) -> Container:
    """Return what a file is by its first bytes; raises FileUnreadable for what can't be a feed."""
    with path.open("rb") as file:
        start = file.read(_START_BYTES)
    if not start:
        raise FileUnreadable(code=IssueCode.FILE_EMPTY, message="The file is empty.")
    if start.startswith(b"\x1f\x8b"):
        return Container.GZIP
    if start.startswith((b"PK\x03\x04", _END_RECORD)):
        with open_zip(path=path, limits=limits) as archive:
            names = {entry.filename for entry in archive.infolist()}
        is_book = "[Content_Types].xml" in names and any(name.startswith("xl/") for name in names)
        return Container.SPREADSHEET if is_book else Container.ZIP
    for magic, meaning in _UNSUPPORTED:
        # A program's mark is two letters, which a text may start with as well.
        if start.startswith(magic) and (len(magic) > 2 or b"\x00" in start):
            raise FileUnreadable(code=IssueCode.FORMAT_UNSUPPORTED, message=f"The file is {meaning}.")
    return Container.TEXT


def open_zip(*, path: Path, limits: ReadingLimits) -> zipfile.ZipFile:
    """Open an archive whose table of contents is small enough to be held; raises FileUnreadable."""
    most = limits.archive_entries * _DIRECTORY_BYTES_PER_ENTRY
    try:
        if _directory_bytes(path) > most:
            message = f"The archive lists more than {limits.archive_entries} files."
            raise FileUnreadable(code=IssueCode.ARCHIVE_REFUSED, message=message)
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, NotImplementedError, OSError, ValueError, struct.error) as error:
        message = "The archive's table of contents is missing or broken; the end of the file may be missing."
        raise FileUnreadable(code=IssueCode.FILE_TRUNCATED, message=message) from error
    if len(archive.infolist()) > limits.archive_entries:
        archive.close()
        message = f"The archive lists more than {limits.archive_entries} files."
        raise FileUnreadable(code=IssueCode.ARCHIVE_REFUSED, message=message)
    return archive


def copy_entry(
    *, archive: zipfile.ZipFile, entry: zipfile.ZipInfo, target: BytesTarget, maximum_bytes: int, limits: ReadingLimits
) -> int:
    """Unpack one entry into ``target`` and return its bytes; raises FileUnreadable."""
    if entry.flag_bits & 1:
        raise FileUnreadable(code=IssueCode.ARCHIVE_REFUSED, message="The archive is protected by a password.")
    try:
        with archive.open(entry) as opened:
            bound = _Bound(maximum_bytes=maximum_bytes, limits=limits)
            while piece := opened.read(_PIECE_BYTES):
                bound.count(piece, packed_bytes=entry.compress_size)
                target.write(piece)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, ValueError) as error:
        message = f"{entry.filename[:80]!r} in the archive is broken or cut off."
        raise FileUnreadable(code=IssueCode.FILE_TRUNCATED, message=message) from error
    return bound.unpacked_bytes


class _Bound:
    """Counts what comes out of a packing, and refuses what grows beyond its bounds."""

    def __init__(self, *, maximum_bytes: int, limits: ReadingLimits) -> None:
        self._maximum_bytes = maximum_bytes
        self._limits = limits
        self.unpacked_bytes = 0

    def count(self, piece: bytes, *, packed_bytes: int) -> None:
        """Count a piece; ``packed_bytes`` are at most those that everything so far was packed in."""
        self.unpacked_bytes += len(piece)
        if self.unpacked_bytes > self._maximum_bytes:
            raise _too_large(self._maximum_bytes)
        if self.unpacked_bytes > self._limits.free_unpacked_bytes + packed_bytes * self._limits.unpacked_ratio:
            message = "The file unpacks to suspiciously many times its size, as a zip bomb does."
            raise FileUnreadable(code=IssueCode.FILE_TOO_LARGE, message=message)


def _too_large(maximum_bytes: int) -> FileUnreadable:
    message = f"The file has more than {maximum_bytes} bytes."
    return FileUnreadable(code=IssueCode.FILE_TOO_LARGE, message=message)


def _gunzip(*, path: Path, target: Path, limits: ReadingLimits) -> None:
    bound = _Bound(maximum_bytes=limits.file_bytes, limits=limits)
    try:
        with path.open("rb") as source, target.open("wb") as file:
            for piece in _members(source):
                bound.count(piece, packed_bytes=source.tell())
                file.write(piece)
    except zlib.error as error:
        message = "The gzip file is broken: what it unpacks to is not what was packed."
        raise FileUnreadable(code=IssueCode.FILE_TRUNCATED, message=message) from error


def _members(source: BinaryIO) -> Iterator[bytes]:
    """Yield what the members of a gzip file unpack to, in pieces of a mebibyte at most."""
    unpacker = zlib.decompressobj(_GZIP_WINDOW)
    waiting = b""
    begun = False
    while waiting or (waiting := source.read(_PIECE_BYTES)):
        if unpacker.eof:
            # Another member follows, or the zeros with which tapes and some programs fill up.
            waiting = waiting.lstrip(b"\x00")
            if not waiting:
                continue
            unpacker, begun = zlib.decompressobj(_GZIP_WINDOW), False
        piece = unpacker.decompress(waiting, _PIECE_BYTES)
        begun = True
        waiting = unpacker.unused_data if unpacker.eof else unpacker.unconsumed_tail
        if piece:
            yield piece
    if begun and not unpacker.eof:
        message = "The end of the gzip file is missing."
        raise FileUnreadable(code=IssueCode.FILE_TRUNCATED, message=message)


def _unzip(*, path: Path, target: Path, limits: ReadingLimits) -> None:
    with open_zip(path=path, limits=limits) as archive:
        entries = [entry for entry in archive.infolist() if not entry.is_dir() and not _is_side_file(entry.filename)]
        if len(entries) != 1:
            listed = ", ".join(repr(entry.filename[:60]) for entry in entries[:5])
            message = f"The archive holds {len(entries)} files, not one: {listed}." if entries else "It holds no file."
            raise FileUnreadable(code=IssueCode.ARCHIVE_REFUSED, message=message)
        with target.open("wb") as file:
            copy_entry(archive=archive, entry=entries[0], target=file, maximum_bytes=limits.file_bytes, limits=limits)


def _is_side_file(name: str) -> bool:
    """Return whether a desktop put the file beside the packed ones."""
    parts = PurePosixPath(name.replace("\\", "/")).parts
    return not parts or "__MACOSX" in parts or parts[-1].startswith(".") or parts[-1].lower() in {"thumbs.db"}


def _directory_bytes(path: Path) -> int:
    """Return how long the archive says its table of contents is, which would be read into memory at once."""
    size = path.stat().st_size
    with path.open("rb") as file:
        file.seek(max(0, size - 66_000))
        tail = file.read()
    end = tail.rfind(_END_RECORD)
    if end < 0:
        raise zipfile.BadZipFile("no end record")
    (length,) = struct.unpack_from("<L", tail, end + 12)
    large = tail.rfind(_END_RECORD_64, 0, end)
    if large >= 0:
        length = max(length if length != 0xFFFF_FFFF else 0, struct.unpack_from("<Q", tail, large + 40)[0])
    return int(length)
