"""The form in which a supplier says what the columns of a file mean: what is drawn, and what is read out of it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec

from openaisle.entrypoints.console.formats import money_text
from openaisle.feeds.mapping.fields import FIELDS, FieldFacts
from openaisle.feeds.mapping.model import ColumnMapping, FeedMapping, Origin
from openaisle.feeds.mapping.preview import CategoryProposal, Preview, PreviewCorrection, PreviewIssue, PreviewRow
from openaisle.kernel.errors import OpenAisleError

# What often holds for every row, so that no column tells it.
CONSTANT_FIELDS = ("currency", "on_hand", "location", "lead_time_days", "condition", "brand")
_TEXT_MAXIMUM = 200
_VALUE_LINES_MAXIMUM = 500


@dataclass(frozen=True, kw_only=True)
class DrawnColumn:
    """A column of the file as the form shows it."""

    position: int
    header: str
    samples: tuple[str, ...]
    chosen: str
    attribute: str
    units: tuple[str, ...]
    unit: str
    values: str
    mapped: bool
    doubtful: bool
    question: str


@dataclass(frozen=True, kw_only=True)
class DrawnRow:
    """A row of the preview; an empty text is shown as missing."""

    row: int
    verdict: str
    title: str
    under: str
    price: str
    on_hand: str
    issues: tuple[PreviewIssue, ...]
    corrections: tuple[PreviewCorrection, ...]


def drawn_rows(*, preview: Preview) -> list[DrawnRow]:
    """Return the first rows as they would be judged."""
    return [_drawn_row(row.facts, row) for row in preview.rows]


def _drawn_row(facts: Mapping[str, str], row: PreviewRow) -> DrawnRow:
    told = (facts.get(name, "") for name in ("supplier_sku", "gtin", "brand", "category"))
    return DrawnRow(
        row=row.row,
        verdict=row.verdict,
        title=facts.get("title", ""),
        under=" · ".join(text for text in told if text),
        price=_price(amount=facts.get("price_minor", ""), currency=facts.get("currency", "")),
        on_hand=facts.get("on_hand", ""),
        issues=row.issues,
        corrections=row.corrections,
    )


def _price(*, amount: str, currency: str) -> str:
    """Return the price as shoppers read it, and what is known of it where it is not whole."""
    if not amount:
        return ""
    try:
        return money_text(amount_minor=int(amount), currency=currency)
    except OpenAisleError:
        return f"{amount} minor units, no currency"


def drawn_columns(*, preview: Preview, suggested: bool) -> list[DrawnColumn]:
    """Return the columns of the file; with ``suggested`` a doubtful meaning is chosen beforehand."""
    asked = {header: one.message for one in preview.questions for header in one.headers}
    units = {one.field: one.units for one in FIELDS}
    drawn = []
    for position, column in enumerate(preview.mapping.columns):
        doubtful = suggested and column.field is None and column.suggestion is not None
        chosen = (column.field or column.suggestion if suggested else column.field) or ""
        drawn.append(
            DrawnColumn(
                position=position,
                header=column.header,
                samples=preview.samples[position] if position < len(preview.samples) else (),
                chosen=chosen,
                attribute=attribute_of(header=column.header, chosen=chosen),
                units=units.get(chosen, ()),
                unit=column.unit or "",
                values="\n".join(f"{before} = {after}" for before, after in column.values.items()),
                mapped=bool(chosen),
                doubtful=doubtful,
                question=asked.get(column.header, ""),
            )
        )
    return drawn


def attribute_of(*, header: str, chosen: str) -> str:
    """Return the attribute that a column may become: the one that is chosen, or one named like the header."""
    if chosen.startswith("attribute.") and chosen not in {one.field for one in FIELDS}:
        return chosen
    name = re.sub(r"[^a-z0-9]+", "_", header.lower()).strip("_")[:60]
    return f"attribute.{name}" if name else ""


def main_fields() -> Sequence[FieldFacts]:
    """Return the fields that a column can be said to mean, in the order of the list."""
    return FIELDS


def read_form(*, sent: Mapping[str, str], base: FeedMapping) -> FeedMapping:
    """Return the mapping that the form says; what the form does not show stays as in ``base``."""
    columns = tuple(_column(position, column, sent) for position, column in enumerate(base.columns))
    constants = {name: text for name, text in base.constants.items() if name not in CONSTANT_FIELDS}
    for name in CONSTANT_FIELDS:
        text = sent.get(f"constant-{name}", "").strip()[:_TEXT_MAXIMUM]
        if text:
            constants[name] = text
    return FeedMapping(columns=columns, constants=constants)


def _column(position: int, column: ColumnMapping, sent: Mapping[str, str]) -> ColumnMapping:
    field = sent.get(f"field-{position}", column.field or "")[:100] or None
    unit = sent.get(f"unit-{position}", "" if field != column.field else column.unit or "")[:10] or None
    values = dict(column.values) if field == column.field else {}
    if f"values-{position}" in sent:
        values = _values(sent[f"values-{position}"])
    if field == "category":
        values |= _categories(sent)
    return msgspec.structs.replace(
        column,
        field=field,
        unit=unit if unit in _units(field) else None,
        unit_column=column.unit_column if field == column.field else None,
        values=values,
        suggestion=None,
        origin=Origin.PERSON,
        confidence=1.0,
    )


def _units(field: str | None) -> tuple[str, ...]:
    return next((one.units for one in FIELDS if one.field == field), ())


def _values(text: str) -> dict[str, str]:
    pairs = (line.partition("=") for line in text.splitlines()[:_VALUE_LINES_MAXIMUM])
    stated = ((before.strip().lower()[:_TEXT_MAXIMUM], after.strip()[:_TEXT_MAXIMUM]) for before, _, after in pairs)
    return {before: after for before, after in stated if before and after}


def _categories(sent: Mapping[str, str]) -> dict[str, str]:
    chosen = {}
    for name, category in sent.items():
        if name.startswith("category-") and category:
            text = sent.get(f"text-{name}", "").strip().lower()[:_TEXT_MAXIMUM]
            if text:
                chosen[text] = category[:_TEXT_MAXIMUM]
    return chosen


def open_categories(*, preview: Preview) -> list[CategoryProposal]:
    """Return the categories of the file that may mean another one of the marketplace."""
    return [one for one in preview.categories if one.suggestions and one.text not in one.suggestions]
