"""Documents in XML by the standard library's parser, with entities and document types refused (defusedxml)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException  # type: ignore[import-untyped]
from defusedxml.ElementTree import DefusedXMLParser  # type: ignore[import-untyped]

from openaisle.kernel.markup import MarkupBroken, MarkupRecord

_PIECE_BYTES = 262_144
_DEPTH_MAXIMUM = 64


class DefusedMarkupReader:
    """Implements the MarkupReader port."""

    def records(
        self, *, path: Path, names: frozenset[str], maximum_characters: int, maximum_fields: int
    ) -> Iterator[MarkupRecord]:
        """Yield the outermost elements of one of ``names``."""
        with path.open("rb") as file:
            yield from _records(
                pieces=iter(lambda: file.read(_PIECE_BYTES), b""),
                target=_Records(names=names, maximum_characters=maximum_characters, maximum_fields=maximum_fields),
            )

    def records_in(
        self, *, content: bytes, names: frozenset[str], maximum_characters: int, maximum_fields: int
    ) -> Iterator[MarkupRecord]:
        """Yield the same of a document that is held already."""
        starts = range(0, len(content), _PIECE_BYTES)
        yield from _records(
            pieces=(content[start : start + _PIECE_BYTES] for start in starts),
            target=_Records(names=names, maximum_characters=maximum_characters, maximum_fields=maximum_fields),
        )


def _records(*, pieces: Iterable[bytes], target: _Records) -> Iterator[MarkupRecord]:
    parser = DefusedXMLParser(target=target, encoding="utf-8", forbid_dtd=True)
    try:
        for piece in pieces:
            parser.feed(piece)
            yield from target.taken()
        parser.close()
    except ParseError as error:
        raise MarkupBroken(detail=f"The XML is not well-formed: {error}.") from error
    except DefusedXmlException as error:
        raise MarkupBroken(detail="The XML declares a document type or entities.") from error
    yield from target.taken()


class _Records:
    """What the parser tells its events to: keeps the record that is open, and those that are whole."""

    def __init__(self, *, names: frozenset[str], maximum_characters: int, maximum_fields: int) -> None:
        self._names = names
        self._maximum_characters = maximum_characters
        self._maximum_fields = maximum_fields
        self._whole: list[MarkupRecord] = []
        self._path: list[str] | None = None
        self._depth = 0
        self._fields: list[tuple[str, str]] = []
        self._text: list[str] = []
        self._address = ""
        self._characters = 0
        self._too_large = False

    def taken(self) -> list[MarkupRecord]:
        """Return the whole records, and forget them."""
        taken, self._whole = self._whole, []
        return taken

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Take the start of an element."""
        self._depth += 1
        if self._depth > _DEPTH_MAXIMUM:
            raise MarkupBroken(detail=f"Elements stand within each other more than {_DEPTH_MAXIMUM} deep.")
        name = tag.rpartition("}")[2]
        if self._path is None:
            if name in self._names:
                self._path, self._fields, self._characters, self._too_large = [], [], 0, False
        else:
            self._path.append(name)
        self._text = []
        self._address = attributes.get("href", "")

    def data(self, text: str) -> None:
        """Take a piece of the text within an element."""
        if self._path is None:
            return
        self._characters += len(text)
        if self._characters > self._maximum_characters:
            self._too_large = True
        else:
            self._text.append(text)

    def end(self, tag: str) -> None:  # noqa: ARG002 - the parser gives it
        """Take the end of an element."""
        self._depth -= 1
        if self._path is None:
            return
        if not self._path:
            self._whole.append(MarkupRecord(tuple(self._fields), self._too_large))
            self._path = None
            return
        text = "".join(self._text).strip() or self._address
        if len(self._fields) >= self._maximum_fields:
            self._too_large = True
        elif text:
            self._fields.append((".".join(self._path), text))
        self._path.pop()
        self._text, self._address = [], ""

    def close(self) -> None:
        """Take the end of the document."""
