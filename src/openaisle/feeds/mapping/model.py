"""What the columns of a supplier's files mean: the mapping, what is asked where it is in doubt, and its states."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum

import msgspec

from openaisle.feeds.mapping.fields import REPEATABLE_FIELDS, is_field
from openaisle.feeds.mapping.units import is_unit_of
from openaisle.kernel.errors import Finding, NotFound, RequestInvalid, TransitionRefused
from openaisle.kernel.identifiers import derived_identifier

MAXIMUM_COLUMNS = 1_000
MAXIMUM_HEADER_CHARACTERS = 200
MAXIMUM_VALUES = 2_000
MAXIMUM_BYTES = 200_000
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_HEADERS_CHARACTERS = 40_000
_HEADER_CHARACTERS_MINIMUM = 20


class Origin(StrEnum):
    """Why a column means what it means."""

    HEADER = "header"
    SIMILAR = "similar"
    VALUES = "values"
    REMEMBERED = "remembered"
    PERSON = "person"


class MappingState(StrEnum):
    """Proposed: a person is asked. Automatic: certain enough to go ahead. Confirmed: a person has said so."""

    PROPOSED = "proposed"
    AUTOMATIC = "automatic"
    CONFIRMED = "confirmed"


MAPPING_TRANSITIONS: Mapping[MappingState, frozenset[MappingState]] = {
    MappingState.PROPOSED: frozenset({MappingState.CONFIRMED}),
    MappingState.AUTOMATIC: frozenset({MappingState.CONFIRMED}),
    MappingState.CONFIRMED: frozenset({MappingState.CONFIRMED}),
}


class MappingUnknown(NotFound):
    """There is no such mapping, or it belongs to another supplier."""

    code = "mapping-unknown"
    title = "No such mapping"


class MappingInvalid(RequestInvalid):
    """A mapping names a field, unit or column that there is not, or one field twice; nothing was kept."""

    code = "mapping-invalid"
    title = "The mapping cannot be used"
    mend = "Correct the places named in findings; GET /v1/feed-mapping-fields lists the fields and their units."


class MappingTransitionRefused(TransitionRefused):
    """The mapping is not in a state that allows the command."""

    code = "mapping-transition-refused"
    title = "The state of the mapping does not allow this"


class ColumnMapping(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What one column of the file means.

    ``field`` is one of ours, ``attribute.<name>``, or None: the column is left out. ``suggestion`` is what it may mean
    when that is not certain. ``unit`` is that of numbers that name none themselves; ``unit_column`` is the position of
    the column that names it row by row. ``decimal_comma`` says how ``1,234`` is read where it may mean two things.
    ``values`` maps cells, in lower case and without outer spaces, to what they mean.
    """

    header: str
    field: str | None = None
    confidence: float = 0.0
    origin: Origin = Origin.HEADER
    suggestion: str | None = None
    unit: str | None = None
    unit_column: int | None = None
    decimal_comma: bool | None = None
    values: Mapping[str, str] = msgspec.field(default_factory=dict)


class FeedMapping(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What every column of a file means, in the order of the file.

    ``constants`` are facts that no column tells and that hold for every row, by field; a cell that is filled wins.
    """

    columns: tuple[ColumnMapping, ...]
    constants: Mapping[str, str] = msgspec.field(default_factory=dict)

    @property
    def fields(self) -> frozenset[str]:
        """The fields that the mapping fills."""
        return frozenset({one.field for one in self.columns if one.field is not None} | set(self.constants))


class QuestionKind(StrEnum):
    """What a person is asked."""

    FIELD_MISSING = "field_missing"
    COLUMN_DOUBTFUL = "column_doubtful"
    CLAIMED_TWICE = "claimed_twice"


class Question(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something that must be known before the file can be used, with the columns that may be the answer."""

    kind: QuestionKind
    field: str
    message: str
    headers: tuple[str, ...] = ()


class Guess(msgspec.Struct, frozen=True, kw_only=True):
    """What the columns mean as far as it is certain, and what must be asked before the file is used."""

    mapping: FeedMapping
    questions: tuple[Question, ...] = ()

    @property
    def certain(self) -> bool:
        """Return whether nothing must be asked."""
        return not self.questions


class NeedsConfirmation(msgspec.Struct, frozen=True, kw_only=True):
    """The feed waits until a person says what its columns mean."""

    mapping_id: str
    questions: tuple[Question, ...]


class SupplierMapping(msgspec.Struct, frozen=True, kw_only=True):
    """The mapping of one supplier's files with these headers.

    ``samples`` are a few cells of each column, so that a person sees what they hold. ``waiting_feed_ids`` are the
    feeds that go on once somebody has confirmed it.
    """

    mapping_id: str
    supplier_id: str
    kind: str
    state: MappingState
    mapping: FeedMapping
    questions: tuple[Question, ...] = ()
    samples: tuple[tuple[str, ...], ...] = ()
    waiting_feed_ids: tuple[str, ...] = ()
    created_at: datetime
    changed_at: datetime
    changed_by: str


def mapping_identifier(*, supplier_id: str, kind: str, headers: Sequence[str]) -> str:
    """Return the identifier under which a supplier's files with these columns, in any order, are remembered."""
    names = sorted(_one_line(header) for header in headers)
    return derived_identifier(prefix="map", parts=(supplier_id, kind, *names))


def stored_headers(*, headers: Sequence[str]) -> tuple[str, ...]:
    """Return the headers as a mapping keeps them: the more there are, the less of each, so that a record holds all."""
    length = max(
        _HEADER_CHARACTERS_MINIMUM, min(MAXIMUM_HEADER_CHARACTERS, _HEADERS_CHARACTERS // max(1, len(headers)))
    )
    return tuple(header[:length] for header in headers)


def _one_line(header: str) -> str:
    return " ".join(header.replace("\x1f", " ").split()).casefold()


def decide_confirmed(*, known: SupplierMapping, mapping: FeedMapping, by: str, at: datetime) -> SupplierMapping:
    """Return the mapping as a person has stated it; raises MappingInvalid, MappingTransitionRefused."""
    if MappingState.CONFIRMED not in MAPPING_TRANSITIONS[known.state]:
        raise MappingTransitionRefused(detail=f"A mapping that is {known.state} cannot be confirmed.")
    require_usable(mapping=mapping)
    stated = tuple(one.header for one in mapping.columns)
    expected = tuple(one.header for one in known.mapping.columns)
    if stated != expected:
        raise MappingInvalid(detail=f"The mapping names {len(stated)} columns, not the {len(expected)} of the file.")
    columns = tuple(
        msgspec.structs.replace(one, confidence=1.0, origin=Origin.PERSON, suggestion=None) for one in mapping.columns
    )
    return msgspec.structs.replace(
        known,
        state=MappingState.CONFIRMED,
        mapping=msgspec.structs.replace(mapping, columns=columns),
        questions=(),
        waiting_feed_ids=(),
        changed_at=at,
        changed_by=by,
    )


def require_usable(*, mapping: FeedMapping) -> None:
    """Raise MappingInvalid if the mapping says something that cannot be rendered."""
    findings = [*_of_columns(mapping), *_of_constants(mapping)]
    if len(msgspec.json.encode(mapping)) > MAXIMUM_BYTES:
        detail = f"A mapping has at most {MAXIMUM_BYTES} bytes; it maps too many values."
        findings.append(Finding(pointer="/columns", detail=detail))
    if findings:
        raise MappingInvalid(detail=findings[0].detail, findings=findings[:100])


def _of_columns(mapping: FeedMapping) -> list[Finding]:
    findings = []
    taken: dict[str, str] = {}
    for position, column in enumerate(mapping.columns):
        pointer = f"/columns/{position}"
        field = column.field
        if field is None:
            continue
        if not is_field(name=field):
            findings.append(Finding(pointer=f"{pointer}/field", detail=f"There is no field {field[:80]!r}."))
            continue
        if field in taken and field not in REPEATABLE_FIELDS:
            detail = f"The columns {taken[field][:80]!r} and {column.header[:80]!r} both mean {field}."
            findings.append(Finding(pointer=f"{pointer}/field", detail=detail))
        taken[field] = column.header
        if column.unit is not None and not is_unit_of(field=field, unit=column.unit):
            detail = f"{field} is not measured in {column.unit[:20]!r}."
            findings.append(Finding(pointer=f"{pointer}/unit", detail=detail))
        if column.unit_column is not None and not 0 <= column.unit_column < len(mapping.columns):
            findings.append(Finding(pointer=f"{pointer}/unit_column", detail="There is no such column."))
        if len(column.values) > MAXIMUM_VALUES:
            detail = f"At most {MAXIMUM_VALUES} values can be mapped."
            findings.append(Finding(pointer=f"{pointer}/values", detail=detail))
        if any(_CONTROL.search(text) for pair in column.values.items() for text in pair):
            findings.append(Finding(pointer=f"{pointer}/values", detail="A text holds a control character."))
    return findings


def _of_constants(mapping: FeedMapping) -> list[Finding]:
    unknown = [
        Finding(pointer=f"/constants/{field}", detail=f"There is no field {field[:80]!r}.")
        for field in mapping.constants
        if not is_field(name=field)
    ]
    return unknown + [
        Finding(pointer=f"/constants/{field}", detail="A text holds a control character.")
        for field, text in mapping.constants.items()
        if _CONTROL.search(text)
    ]
