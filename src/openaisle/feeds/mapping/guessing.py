"""What the columns of a file mean, found by headers first, then checked against what the cells look like. Pure.

A wrong guess is worse than a question: what the header does not say for certain, or what the cells contradict, is left
out with a suggestion, and a person is asked where a field is missing without it or would be spoiled by it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import msgspec
from rapidfuzz import fuzz, process

from openaisle.feeds.mapping.fields import (
    ADDED_PREFIX,
    ATTRIBUTE_PREFIX,
    CRUCIAL_FIELDS,
    REPEATABLE_FIELDS,
    is_field,
    label_of,
)
from openaisle.feeds.mapping.looks import Looks
from openaisle.feeds.mapping.model import (
    ColumnMapping,
    FeedMapping,
    Guess,
    Origin,
    Question,
    QuestionKind,
    stored_headers,
)
from openaisle.feeds.mapping.questions import missing_fields
from openaisle.feeds.mapping.units import BASE_UNITS, is_unit_of, named_unit
from openaisle.feeds.mapping.values import values_for
from openaisle.feeds.mapping.vocabulary import (
    NOTHING,
    UNIT_PREFIX,
    Meaning,
    ReadHeader,
    Strength,
    compacted,
    meanings,
    part_meaning,
    read_header,
)

CERTAIN = 0.9
_EXACT = 1.0
_STRONG = 0.97
_SUPPORTED = 0.92
_DOUBTFUL = 0.7
_SIMILAR = 0.6
_BY_VALUES = 0.5
_SIMILARITY_MINIMUM = 88.0
_SIMILAR_LENGTH_MINIMUM = 6
_UNIQUE = 0.98
_SHARE_OF_STRONG = 0.5
_SHARE_OF_OWN = 0.1
_MANY_CELLS = 10
# Headers of lists of sales: what they call a quantity was sold, and is not on hand.
_SALES_HEADERS = frozenset(
    {"invoiceno", "invoicenumber", "invoicedate", "orderid", "ordernumber", "orderdate", "customerid"}
)

# Words for whether there is any, which a value map can turn into quantities.
_AVAILABILITIES = frozenset(
    {"availability", "instock", "stockstatus", "verfugbarkeit", "disponibilite", "disponibilidad", "disponibilidade"}
    | {"disponibilita", "beschikbaarheid", "dostepnosc"}
)


class _Claim(NamedTuple):
    """What one column may mean, before the columns are weighed against each other."""

    field: str
    confidence: float
    origin: Origin
    weak: bool = False


class KnownHeaders(msgspec.Struct, frozen=True, kw_only=True):
    """What is known beyond the file: what the supplier's confirmed mappings say of columns, and what categories ask.

    ``columns`` and ``attributes`` are by the compact form of the header.
    """

    columns: Mapping[str, ColumnMapping] = msgspec.field(default_factory=dict)
    constants: Mapping[str, str] = msgspec.field(default_factory=dict)
    attributes: Mapping[str, str] = msgspec.field(default_factory=dict)
    allowed_values: Mapping[str, Sequence[str]] = msgspec.field(default_factory=dict)


def guess(
    *, headers: Sequence[str], samples: Sequence[Sequence[str]], kind: str, known: KnownHeaders | None = None
) -> Guess:
    """Return what the columns mean; ``samples`` holds the cells of some rows for each column.

    ``kind`` is that of the feed: products, offers, stock or price.
    """
    return _Guessing(headers=headers, samples=samples, kind=kind, known=known or KnownHeaders()).result()


class _Guessing:
    def __init__(
        self, *, headers: Sequence[str], samples: Sequence[Sequence[str]], kind: str, known: KnownHeaders
    ) -> None:
        self._headers = stored_headers(headers=headers)
        self._read = [read_header(header=header) for header in headers]
        self._looks = [Looks(cells=cells) for cells in samples]
        self._kind = kind
        self._known = known
        self._of_sales = sum(1 for one in self._read if one.compact in _SALES_HEADERS) >= 2
        self._twice: dict[str, list[int]] = {}

    def result(self) -> Guess:
        claims = [self._claim(position) for position in range(len(self._headers))]
        fields = self._weighed(claims)
        columns = tuple(self._column(position, claims[position], fields) for position in range(len(claims)))
        constants = dict(self._known.constants)
        if "currency" not in fields.values() and (currency := self._currency(fields)) is not None:
            constants.setdefault("currency", currency)
        mapping = FeedMapping(columns=columns, constants=constants)
        return Guess(mapping=mapping, questions=tuple(self._questions(mapping, fields)))

    def _claim(self, position: int) -> _Claim | None:
        """Return what the header and the cells of one column say."""
        header, looks = self._headers[position], self._looks[position]
        remembered = self._known.columns.get(compacted(text=header))
        if remembered is not None or header.startswith(ADDED_PREFIX):
            field = remembered.field if remembered is not None else NOTHING
            return _Claim(field or NOTHING, _EXACT, Origin.REMEMBERED)
        exact = _our_own(header) or self._known.attributes.get(self._read[position].whole)
        if exact is not None and not self._is_contradicted(looks, exact):
            return _Claim(exact, _EXACT, Origin.HEADER)
        meaning = _meaning(self._read[position]) or _meaning_of_part(header)
        if meaning is not None:
            return self._by_header(position, meaning)
        similar = _similar(self._read[position])
        if similar is not None:
            return _Claim(similar, _SIMILAR, Origin.SIMILAR) if looks.fits(field=similar) is not False else None
        if looks.are_gtins:
            return _Claim("gtin", _BY_VALUES, Origin.VALUES)
        return None

    def _is_contradicted(self, looks: Looks, field: str) -> bool:
        """Return whether hardly any of many cells can mean one of our own names that is a common word too."""
        return len(looks.filled) >= _MANY_CELLS and looks.fits(field=field, share=_SHARE_OF_OWN) is False

    def _by_header(self, position: int, meaning: Meaning) -> _Claim | None:
        field, looks = meaning.field, self._looks[position]
        if field == NOTHING or field.startswith(UNIT_PREFIX):
            return _Claim(field, _STRONG, Origin.HEADER)
        if meaning.strength is Strength.STRONG:
            # Half of the cells may be dirt: what the header says for certain is contradicted only by most of them.
            if not looks.enough or looks.fits(field=field, share=_SHARE_OF_STRONG) is not False:
                return _Claim(field, _STRONG, Origin.HEADER)
            return _Claim(field, _DOUBTFUL, Origin.HEADER) if field in CRUCIAL_FIELDS else None
        if looks.enough and looks.fits(field=field, share=_SHARE_OF_STRONG) is False:
            return None
        fits = looks.fits(field=field)
        certain = meaning.strength is Strength.WEAK and fits is True and looks.enough
        if field == "supplier_sku":
            certain = certain and looks.uniqueness >= _UNIQUE
        if field == "on_hand" and self._of_sales:
            certain = False
        return _Claim(field, _SUPPORTED if certain else _DOUBTFUL, Origin.HEADER, weak=True)

    def _weighed(self, claims: Sequence[_Claim | None]) -> dict[int, str]:
        """Return the field of each column that has one for certain: of several claims the surest wins, if one is."""
        by_field: dict[str, list[int]] = {}
        for position, claim in enumerate(claims):
            if claim is not None and claim.confidence >= CERTAIN and claim.field != NOTHING:
                by_field.setdefault(claim.field, []).append(position)
        fields: dict[int, str] = {}
        for field, positions in by_field.items():
            if field in CRUCIAL_FIELDS and self._rivaled(field, positions, claims):
                continue
            winners = self._winners(field, positions, claims)
            if len(winners) > 1 and field not in REPEATABLE_FIELDS and not field.startswith(UNIT_PREFIX):
                self._twice[field] = winners
                continue
            fields.update(dict.fromkeys(winners, field))
        return fields

    def _rivaled(self, field: str, positions: Sequence[int], claims: Sequence[_Claim | None]) -> bool:
        """Return whether only a weak header claims the field for certain, while another one may mean it too."""
        if any(claim is not None and not claim.weak for claim in (claims[position] for position in positions)):
            return False
        return any(
            claim is not None and claim.field == field and position not in positions
            for position, claim in enumerate(claims)
        )

    def _winners(self, field: str, positions: Sequence[int], claims: Sequence[_Claim | None]) -> list[int]:
        if field in REPEATABLE_FIELDS:
            return list(positions)
        best = max(claim.confidence for position in positions if (claim := claims[position]) is not None)
        surest = [one for one in positions if (claim := claims[one]) is not None and claim.confidence == best]
        # A column that is empty claims nothing against one that is filled.
        filled = [one for one in surest if self._looks[one].filled]
        surest = filled or surest[:1]
        if len(surest) > 1 and all(self._looks[one].filled == self._looks[surest[0]].filled for one in surest):
            return surest[:1]
        return surest

    def _column(self, position: int, claim: _Claim | None, fields: Mapping[int, str]) -> ColumnMapping:
        header, looks = self._headers[position], self._looks[position]
        field = fields.get(position)
        if claim is None or claim.field == NOTHING or claim.field.startswith(UNIT_PREFIX):
            origin = claim.origin if claim is not None else Origin.HEADER
            return ColumnMapping(header=header, origin=origin, confidence=claim.confidence if claim else 0.0)
        if field is None:
            return ColumnMapping(
                header=header, suggestion=claim.field, confidence=claim.confidence, origin=claim.origin
            )
        if claim.origin is Origin.REMEMBERED:
            remembered = self._known.columns[compacted(text=header)]
            return msgspec.structs.replace(
                remembered,
                header=header,
                origin=Origin.REMEMBERED,
                confidence=_EXACT,
                unit_column=self._unit_column(field, fields),
            )
        column = ColumnMapping(header=header, field=field, confidence=claim.confidence, origin=claim.origin)
        if field in BASE_UNITS:
            return self._measured(column, position, fields)
        return msgspec.structs.replace(
            column,
            decimal_comma=looks.decimal_comma if field == "price" else None,
            values=values_for(field=field, cells=looks.distinct, allowed=self._known.allowed_values.get(field, ())),
        )

    def _measured(self, column: ColumnMapping, position: int, fields: Mapping[int, str]) -> ColumnMapping:
        """Return the column of a measure with its unit; without any it is only suggested."""
        field, looks, unit = column.field or "", self._looks[position], self._read[position].unit
        if column.confidence == _EXACT:
            unit = BASE_UNITS[field]
        unit = unit or named_unit(text=self._read[position].whole)
        if unit is not None and not is_unit_of(field=field, unit=unit):
            unit = None
        unit_column = None if unit else self._unit_column(field, fields)
        if unit is None and unit_column is None and not looks.name_units:
            return ColumnMapping(header=column.header, suggestion=field, confidence=_DOUBTFUL, origin=Origin.HEADER)
        return msgspec.structs.replace(column, unit=unit, unit_column=unit_column, decimal_comma=looks.decimal_comma)

    def _unit_column(self, field: str, fields: Mapping[int, str]) -> int | None:
        wanted = f"{UNIT_PREFIX}{'weight_grams' if field == 'weight_grams' else 'length_mm'}"
        if field not in BASE_UNITS:
            return None
        return next((position for position, found in fields.items() if found == wanted), None)

    def _currency(self, fields: Mapping[int, str]) -> str | None:
        named = {self._read[position].currency for position, field in fields.items() if field == "price"}
        return named.pop() if len(named) == 1 else None

    def _questions(self, mapping: FeedMapping, fields: Mapping[int, str]) -> list[Question]:
        questions = []
        price = next((position for position, field in fields.items() if field == "price"), None)
        priced = price is not None and self._looks[price].name_currencies
        suggested: dict[str, list[str]] = {}
        for column in mapping.columns:
            if column.suggestion is not None:
                suggested.setdefault(column.suggestion, []).append(column.header)
        for field, positions in self._twice.items():
            headers = tuple(self._headers[position] for position in positions)
            message = f"{' and '.join(headers[:3])} may both be the {label_of(field=field).lower()}."
            questions.append(Question(kind=QuestionKind.CLAIMED_TWICE, field=field, message=message, headers=headers))
        asked = set(self._twice)
        for field in missing_fields(mapping=mapping, kind=self._kind, prices_name_currency=priced):
            if field not in asked:
                asked.add(field)
                headers = tuple(suggested.get(field, ())) or self._candidates(field)
                label = label_of(field=field).lower()
                message = f"No column is for certain the {label}." if headers else f"No column tells the {label}."
                questions.append(
                    Question(kind=QuestionKind.FIELD_MISSING, field=field, message=message, headers=headers)
                )
        for field in sorted((CRUCIAL_FIELDS & suggested.keys()) - asked - mapping.fields):
            if not (field == "price_minor" and "price" in mapping.fields):
                message = f"The column may be the {label_of(field=field).lower()}, but that is not certain."
                headers = tuple(suggested[field])
                questions.append(
                    Question(kind=QuestionKind.COLUMN_DOUBTFUL, field=field, message=message, headers=headers)
                )
        return questions

    def _candidates(self, field: str) -> tuple[str, ...]:
        """Return columns of something else that may tell a field where nothing is called by its name."""
        if field == "on_hand":
            return tuple(self._headers[at] for at, read in enumerate(self._read) if read.compact in _AVAILABILITIES)
        if field != "title":
            return ()
        # Often what is called the description is a title.
        return tuple(
            self._headers[position]
            for position, read in enumerate(self._read)
            if (meaning := _meaning(read)) is not None and meaning.field == "description"
        )


def _our_own(header: str) -> str | None:
    """Return our field that a header names exactly, ``attribute:name`` written with a colon too."""
    name = "_".join(header.strip().lower().replace("-", "_").split())
    if name.startswith("attribute:"):
        name = f"{ATTRIBUTE_PREFIX}{name.removeprefix('attribute:')}"
    return name if is_field(name=name) else None


def _meaning(read: ReadHeader) -> Meaning | None:
    known = meanings()
    whole = known.get(read.whole)
    if read.compact == read.whole:
        return whole
    bare = known.get(read.compact)
    if bare is None or whole is not None:
        return whole
    # A unit fits only what is measured, a currency only what is paid.
    if read.unit is not None and not is_unit_of(field=bare.field, unit=read.unit):
        return bare if bare.field == NOTHING else None
    if read.currency is not None and bare.field not in {"price", NOTHING}:
        return None
    return bare


def _meaning_of_part(header: str) -> Meaning | None:
    field = part_meaning(header=header)
    return Meaning(field=field, strength=Strength.WEAK) if field is not None else None


def _similar(read: ReadHeader) -> str | None:
    if len(read.compact) < _SIMILAR_LENGTH_MINIMUM:
        return None
    found = process.extractOne(read.compact, meanings().keys(), scorer=fuzz.ratio, score_cutoff=_SIMILARITY_MINIMUM)
    if found is None or len(found[0]) < _SIMILAR_LENGTH_MINIMUM:
        return None
    field = meanings()[found[0]].field
    return None if field == NOTHING or field.startswith(UNIT_PREFIX) else field
