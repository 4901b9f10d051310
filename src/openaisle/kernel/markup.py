"""The port of documents in XML that list records: read piece by piece, never built as a whole."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, Protocol

from openaisle.kernel.errors import OpenAisleError


class MarkupBroken(OpenAisleError):
    """The document is not well-formed XML, or declares entities or a document type; detail tells where."""

    code = "markup-broken"
    title = "The XML document cannot be read"
    status = 422
    mend = "Write the document anew; it must be well-formed and declare no entities."


class MarkupRecord(NamedTuple):
    """A record: the texts within it by the local names of their elements, in order, nested names joined by dots.

    An element without text that points elsewhere (``href``) gives its address. ``too_large`` tells that texts were
    left out because the record is larger than allowed.
    """

    fields: tuple[tuple[str, str], ...]
    too_large: bool = False


class MarkupReader(Protocol):
    """Reads documents. Its methods block."""

    def records(
        self, *, path: Path, names: frozenset[str], maximum_characters: int, maximum_fields: int
    ) -> Iterator[MarkupRecord]:
        """Yield the outermost elements of one of ``names`` of a document in UTF-8, whatever encoding it declares.

        Raises MarkupBroken, also after records were yielded.
        """
        ...

    def records_in(
        self, *, content: bytes, names: frozenset[str], maximum_characters: int, maximum_fields: int
    ) -> Iterator[MarkupRecord]:
        """Yield the same of a document that is held already."""
        ...
