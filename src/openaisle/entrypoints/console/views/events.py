"""Events of the change stream as rows: what happened, to what, and where to look at it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from openaisle.entrypoints.console.formats import words_text
from openaisle.entrypoints.console.views.common import EventRow
from openaisle.kernel.stream import Change

# Which part of an event's data says best what it is about, and the page that shows that; the first found counts.
_PAGES = (
    ("task_id", "/console/reviews/"),
    ("order_id", "/console/orders/"),
    ("product_id", "/console/products/"),
    ("supplier_id", "/console/suppliers/"),
)
_CODE = re.compile(r"[a-z]+(?:_[a-z]+)+")
_TELLING = ("reference", "name", "reason", "title", "tracking_number", "label", "assignee")


def event_rows(*, changes: Sequence[Change], suppliers: Mapping[str, str], limit: int) -> tuple[EventRow, ...]:
    """Return up to ``limit`` events of the changes, the latest first; ``suppliers`` are names by identifier."""
    rows: list[EventRow] = []
    for change in reversed(changes):
        for place in range(len(change.events) - 1, -1, -1):
            event = change.events[place]
            data = _data_of(event.data)
            rows.append(
                EventRow(
                    key=f"{change.sequence}.{place}",
                    at=change.at,
                    type=event.type,
                    subject=_subject(data=data, suppliers=suppliers),
                    actor=change.actor,
                    href=_href(data=data),
                )
            )
            if len(rows) == limit:
                return tuple(rows)
    return tuple(rows)


def supplier_ids_of(*, changes: Sequence[Change]) -> set[str]:
    """Return the suppliers that the events of the changes name."""
    named = (_data_of(event.data).get("supplier_id") for change in changes for event in change.events)
    return {one for one in named if isinstance(one, str)}


def _data_of(raw: msgspec.Raw) -> dict[str, Any]:
    data = msgspec.json.decode(raw)
    return data if isinstance(data, dict) else {}


def _subject(*, data: Mapping[str, Any], suppliers: Mapping[str, str]) -> str:
    parts = [str(data[name]) for name in _TELLING if isinstance(data.get(name), str) and data[name]]
    # Some reasons are codes (no_supplier_left), others are what a person wrote.
    parts = [words_text(code=part) if _CODE.fullmatch(part) else part for part in parts]
    supplier_id = data.get("supplier_id")
    if isinstance(supplier_id, str) and "name" not in data:
        parts.append(suppliers.get(supplier_id, supplier_id))
    if not parts:
        parts = [str(data[name]) for name, _ in _PAGES if isinstance(data.get(name), str)]
    return " · ".join(dict.fromkeys(parts[:3]))


def _href(*, data: Mapping[str, Any]) -> str | None:
    for name, page in _PAGES:
        identifier = data.get(name)
        if isinstance(identifier, str) and identifier.isascii() and identifier.replace("_", "").isalnum():
            return page + identifier
    return None
