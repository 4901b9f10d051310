"""The files of lists, read line by line: what a line says, or why it cannot be used. A bad line never stops a file."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Mapping

import msgspec
from stdnum import lei
from stdnum.exceptions import ValidationError

from openaisle.suppliers.screening.entries import EntryKind, ListedEntry, ListedName, ListName, NameKind

LINE_LENGTH_MAXIMUM = 100_000
_NAME_LENGTH_MAXIMUM = 1_000
_REMARKS_LENGTH_MAXIMUM = 1_000
_ALIAS = re.compile(r"\b[afn]\.k\.a\. '(.*?)'\s*(?=;|\.?\s*$)")
_END_OF_FILE = "\x1a"
_SDN_COLUMNS = 12
_SDN_EMPTY = "-0-"
_GLEIF_HEADER = ["LEI", "legal_name", "country", "category", "subcategory"]


class BadLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line that was left out: ``number`` counts from 1."""

    number: int
    reason: str


class ListSource(msgspec.Struct, frozen=True, kw_only=True):
    """How files of one list are read."""

    name: ListName
    encoding: str
    read: Callable[[list[str]], ListedEntry | str]
    """Returns the entry of a line's cells, or the reason why there is none."""
    header: list[str] | None = None


def entries_of(*, source: ListSource, lines: Iterable[str]) -> Iterator[ListedEntry | BadLine]:
    """Yield what each line says; empty lines, a header and the end mark of old systems are passed over."""
    uids: set[str] = set()
    for number, line in enumerate(lines, start=1):
        text = line.rstrip("\r\n")
        if not text or text == _END_OF_FILE:
            continue
        read = _read(source, text)
        if read is None:
            continue
        if isinstance(read, ListedEntry) and read.uid in uids:
            read = f"its identifier {read.uid[:40]!r} was there before"
        if isinstance(read, str):
            yield BadLine(number=number, reason=read)
        else:
            uids.add(read.uid)
            yield read


def _read(source: ListSource, text: str) -> ListedEntry | str | None:
    if len(text) > LINE_LENGTH_MAXIMUM:
        return f"it has more than {LINE_LENGTH_MAXIMUM} characters"
    try:
        # Line by line, so that a quotation mark without its pair costs one line and not the rest of the file.
        cells = next(csv.reader([text], strict=True))
    except csv.Error as error:
        return f"it is no line of comma-separated values: {error}"
    if source.header is not None and [cell.strip("\ufeff ") for cell in cells] == source.header:
        return None
    return source.read(cells)


def _sdn_entry(cells: list[str]) -> ListedEntry | str:
    if len(cells) != _SDN_COLUMNS:
        return f"it has {len(cells)} columns, not {_SDN_COLUMNS}"
    uid, name, kind, program, *_, remarks = ("" if cell.strip() == _SDN_EMPTY else cell.strip() for cell in cells)
    if not uid.isascii() or not uid.isdigit():
        return f"its identifier {uid[:40]!r} is no number"
    if not name or len(name) > _NAME_LENGTH_MAXIMUM:
        return "it has no name" if not name else f"its name has more than {_NAME_LENGTH_MAXIMUM} characters"
    if kind not in {"", *EntryKind}:
        return f"its kind {kind[:40]!r} is not known"
    aliases = dict.fromkeys(alias.strip() for alias in _ALIAS.findall(remarks))
    return ListedEntry(
        uid=uid,
        kind=EntryKind(kind) if kind else EntryKind.ENTITY,
        names=(
            ListedName(text=name),
            *(ListedName(text=alias, kind=NameKind.ALIAS) for alias in aliases if alias and alias != name),
        ),
        programs=tuple(part for part in re.split(r"[\]\[\s]+", program) if part),
        remarks=remarks[:_REMARKS_LENGTH_MAXIMUM] or None,
    )


def _gleif_entry(cells: list[str]) -> ListedEntry | str:
    if len(cells) != len(_GLEIF_HEADER):
        return f"it has {len(cells)} columns, not {len(_GLEIF_HEADER)}"
    identifier, name, country, category, _ = (cell.strip() for cell in cells)
    if not lei_is_valid(text=identifier):
        return f"{identifier[:40]!r} is no LEI: its check digits do not fit"
    if not name or len(name) > _NAME_LENGTH_MAXIMUM:
        return "it has no name" if not name else f"its name has more than {_NAME_LENGTH_MAXIMUM} characters"
    person = category == "SOLE_PROPRIETOR"
    return ListedEntry(
        uid=identifier,
        kind=EntryKind.INDIVIDUAL if person else EntryKind.ENTITY,
        names=(ListedName(text=name),),
        country=country.upper() or None,
    )


def lei_is_valid(*, text: str) -> bool:
    """Return whether a text is an LEI: 20 letters and digits (ISO 17442), the last two the check digits of ISO 7064."""
    if len(text) != 20 or not text.isascii() or not text.isalnum():
        return False
    try:
        lei.validate(text)
    except ValidationError:
        return False
    return True


SOURCES: Mapping[ListName, ListSource] = {
    ListName.OFAC_SDN: ListSource(name=ListName.OFAC_SDN, encoding="latin-1", read=_sdn_entry),
    ListName.GLEIF: ListSource(name=ListName.GLEIF, encoding="utf-8", read=_gleif_entry, header=_GLEIF_HEADER),
}
