"""Which encoding a text file is in, and its copy in UTF-8 where it is in another."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from pathlib import Path

import msgspec

from openaisle.catalog.issues import Issue, IssueCode, issue
from openaisle.feeds.reading.model import FileUnreadable

UTF8 = "utf-8"
_PIECE_BYTES = 1_048_576
_END_BYTES = 65_536
_SAMPLE_BYTES = 4 * _PIECE_BYTES
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# ruff: noqa: RUF001 - the characters that tell encodings apart are foreign ones
# What people write in each encoding; a character from elsewhere speaks against the encoding.
_LEGACY = {
    "windows-1252": "äöüßÄÖÜéèêëàâáãçñîïíìôöóòõûùúøæåœØÆÅÉÈÀÁÇÑÓÚÊÔÍÃÕ€£§°²³´½¼¾×·šžŠŽ–—’‘“”„…®™©«»±µºª¡¿\xa0",
    "windows-1251": "".join(map(chr, range(0x410, 0x450))) + "ёЁіїєґІЇЄҐ№–—«»’“”„…€°®™©±\xa0",
    "windows-1250": "ąćęłńóśźżĄĆĘŁŃÓŚŹŻáčďéěíňřšťúůýžÁČĎÉĚÍŇŘŠŤÚŮÝŽőűŐŰăâîşţäöüßÄÖÜ€§°–—’“”„…®™©«»±×\xa0",
    "cp850": "äöüßÄÖÜéèêëàâáçñîïíìôóòûùúøæåØÆÅÉÇÑ£°½¼²³\xa0",
    "mac-roman": "äöüßÄÖÜéèêëàâáãçñîïíìôóòõûùúøæåœØÆÅÉÈÀÁÇÑÓÚ€£§°–—’‘“”„…®™©«»±µ\xa0",
}
_EAST = ("euc-kr", "gb18030", "shift_jis", "big5")
_CHINESE = ("\u4e00", "\u9fff")
_EAST_LETTERS = {
    "euc-kr": [("\uac00", "\ud7a3")],
    "gb18030": [_CHINESE, ("\u3000", "\u303f"), ("\uff00", "\uffef")],
    "shift_jis": [_CHINESE, ("\u3000", "\u30ff")],
    "big5": [_CHINESE, ("\u3000", "\u303f"), ("\uff00", "\uffef")],
}
_FOREIGN_RUN = re.compile(rb"[\x80-\xff]+")
_RUNS_MINIMUM = 8


class ByteScan(msgspec.Struct, kw_only=True):
    """What one pass over the bytes of a file found."""

    byte_count: int = 0
    is_utf8: bool = True
    has_nul: bool = False
    has_carriage_returns: bool = False
    line_feeds: int = 0
    ends_with_line_feed: bool = False
    blank_lines_at_end: int = 0

    @property
    def lines(self) -> int:
        """The number of lines, without the blank ones at the end."""
        return self.line_feeds + (self.byte_count > 0 and not self.ends_with_line_feed) - self.blank_lines_at_end


class TextFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file to be read as UTF-8: ``encoding`` is that of the original."""

    path: Path
    encoding: str
    scan: ByteScan
    issues: tuple[Issue, ...] = ()


def pieces(*, path: Path) -> Iterator[bytes]:
    """Yield a file in pieces of a mebibyte."""
    with path.open("rb") as file:
        while piece := file.read(_PIECE_BYTES):
            yield piece


def scan_bytes(*, path: Path) -> ByteScan:
    """Return what one pass over the bytes finds."""
    scan = ByteScan()
    decoder = codecs.getincrementaldecoder(UTF8)()
    decoding = False
    for piece in pieces(path=path):
        scan.byte_count += len(piece)
        scan.has_nul = scan.has_nul or b"\x00" in piece
        scan.line_feeds += piece.count(b"\n")
        scan.has_carriage_returns = scan.has_carriage_returns or b"\r" in piece
        if scan.is_utf8 and (decoding or not piece.isascii()):
            decoding = True
            try:
                decoder.decode(piece)
            except UnicodeDecodeError:
                scan.is_utf8 = False
    if scan.is_utf8 and decoder.getstate()[0]:
        scan.is_utf8 = False
    end = _end(path)
    scan.ends_with_line_feed = end.endswith(b"\n")
    scan.blank_lines_at_end = max(0, end[len(end.rstrip(b"\r\n")) :].count(b"\n") - 1)
    return scan


def _end(path: Path) -> bytes:
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - _END_BYTES))
        return file.read()


def text_file(*, path: Path, folder: Path, hint: str | None) -> TextFile:
    """Return the file itself, or its copy in UTF-8 in ``folder``; raises FileUnreadable for what is no text."""
    with path.open("rb") as file:
        start = file.read(_SAMPLE_BYTES)
    encoding = hint or _marked(start)
    if encoding is None and _is_wide(start):
        encoding = "utf-16-le" if start[1:4_096:2].count(0) >= start[:4_096:2].count(0) else "utf-16-be"
    scan = scan_bytes(path=path)
    if encoding is None and not scan.is_utf8 and not _is_mostly_utf8(path):
        encoding = guess_legacy(sample=start if not start.isascii() else _first_foreign(path))
    encoding = encoding or UTF8
    if encoding in {UTF8, "utf-8-sig"}:
        if scan.line_feeds == 0 and scan.has_carriage_returns:
            return _copied(path=path, folder=folder, encoding=encoding, source=UTF8, issues=())
        return TextFile(path=path, encoding=encoding, scan=scan)
    message = f"The file is not UTF-8; {encoding} was assumed."
    told = (
        ()
        if hint or encoding.startswith("utf")
        else (issue(code=IssueCode.ENCODING_GUESSED, field="", message=message),)
    )
    return _copied(path=path, folder=folder, encoding=encoding, source=encoding, issues=told)


def guess_legacy(*, sample: bytes) -> str:
    """Return the encoding before Unicode that a sample is most likely written in; Windows-1252 if nothing tells."""
    runs = _FOREIGN_RUN.findall(sample)[:5_000]
    foreign = b"".join(runs)
    # Letters of the East are two bytes each; words of other scripts have odd lengths as often as even ones.
    if len(runs) >= _RUNS_MINIMUM and all(len(run) % 2 == 0 for run in runs):
        east = next((one for one in _EAST if _fits_east(sample, one)), None)
        if east is not None:
            return east
    best, best_score = "windows-1252", _score(foreign, "windows-1252") + 0.05
    for encoding in _LEGACY:
        score = _score(foreign, encoding)
        if score > best_score:
            best, best_score = encoding, score
    if best_score < 0.8:
        return next((east for east in _EAST if _fits_east(sample, east)), best)
    return best


def _score(foreign: bytes, encoding: str) -> float:
    text = foreign.decode(encoding, "replace")
    usual = _LEGACY[encoding]
    return sum(character in usual for character in text) / max(1, len(text))


def _fits_east(sample: bytes, encoding: str) -> bool:
    text = sample.decode(encoding, "ignore")
    foreign = [character for character in text if ord(character) > 0x7F]
    usual = _EAST_LETTERS[encoding]
    wide = sum(any(low <= character <= high for low, high in usual) for character in foreign)
    lost = len(sample) - len(text.encode(encoding, "ignore"))
    return wide > 0.8 * max(1, len(foreign)) and lost < 0.001 * len(sample) + 2


def _marked(start: bytes) -> str | None:
    return next((encoding for mark, encoding in _MARKS if start.startswith(mark)), None)


def _is_wide(start: bytes) -> bool:
    piece = start[:4_096]
    even, odd = piece[::2].count(0), piece[1::2].count(0)
    # Letters of the West leave every second byte zero, always the same one of the two.
    return len(piece) >= 4 and max(even, odd) > len(piece) * 0.2 and min(even, odd) < max(even, odd) * 0.2


def _is_mostly_utf8(path: Path) -> bool:
    """Return whether most of what is beyond ASCII is UTF-8, so that what is not are single broken rows."""
    whole = broken = 0
    decoder = codecs.getincrementaldecoder(UTF8)("surrogateescape")
    for piece in pieces(path=path):
        text = decoder.decode(piece)
        if not text.isascii():
            strays = sum("\udc80" <= character <= "\udcff" for character in text)
            broken += strays
            whole += sum(character > "\x7f" for character in text) - strays
        if whole + broken > 20_000:
            break
    return whole > broken


def _first_foreign(path: Path) -> bytes:
    return next((piece for piece in pieces(path=path) if not piece.isascii()), b"")


def _undefined_as_latin1(error: UnicodeError) -> tuple[str, int]:
    """Read the bytes that an encoding leaves undefined as Latin-1 has them: none is lost."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("latin-1"), error.end


codecs.register_error("openaisle-latin1", _undefined_as_latin1)


def _copied(*, path: Path, folder: Path, encoding: str, source: str, issues: tuple[Issue, ...]) -> TextFile:
    target = folder / "text.utf8"
    handler = "replace" if source.startswith("utf") else "openaisle-latin1"
    try:
        decoder = codecs.getincrementaldecoder(source)(handler)
    except LookupError as error:
        message = f"The encoding {source[:40]!r} is not known."
        raise FileUnreadable(code=IssueCode.ENCODING_UNSUPPORTED, message=message) from error
    broken = 0
    # Old files end their lines with a carriage return alone.
    translate = scan_bytes(path=path).line_feeds == 0
    with target.open("wb") as file:
        for piece in pieces(path=path):
            text = decoder.decode(piece).removeprefix("\ufeff")
            broken += text.count("\ufffd")
            if translate and not source.startswith(("utf-16", "utf-32")):
                text = text.replace("\r", "\n")
            file.write(text.encode(UTF8, "replace"))
        file.write(decoder.decode(b"", final=True).encode(UTF8, "replace"))
    if broken:
        message = f"{broken} characters of the file are not {source}; they were replaced."
        issues = (*issues, issue(code=IssueCode.ENCODING_BROKEN, field="", message=message))
    return TextFile(path=target, encoding=encoding, scan=scan_bytes(path=target), issues=issues)
