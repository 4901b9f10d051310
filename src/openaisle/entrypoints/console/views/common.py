"""Pieces that several pages share."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import quote

import msgspec


class StateCount(msgspec.Struct, frozen=True, kw_only=True):
    """How many records are in a state; ``href`` leads to their list."""

    state: str
    count: int
    href: str | None = None


class Fact(msgspec.Struct, frozen=True, kw_only=True):
    """One named fact of a record. ``masked`` facts are shown in part only; ``code`` facts in a fixed-width font."""

    label: str
    value: str
    href: str | None = None
    code: bool = False
    masked: bool = False


class Paging(msgspec.Struct, frozen=True, kw_only=True):
    """Where the next page and the first page of a list are; None where there is no such page."""

    next_href: str | None = None
    first_href: str | None = None


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """One choice of a filter, as a link."""

    label: str
    href: str
    chosen: bool
    count: int | None = None


class HistoryEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that happened: when, what, by whom, and in ``changes`` what stood before and after."""

    at: datetime
    title: str
    state: str = "quiet"
    detail: str = ""
    actor: str = ""
    changes: tuple[FieldChange, ...] = ()


class FieldChange(msgspec.Struct, frozen=True, kw_only=True):
    """A field's value before and after; an absent value is an empty text."""

    field: str
    before: str
    after: str
    rule: str = ""
    who: str = ""
    at: datetime | None = None


class Issue(msgspec.Struct, frozen=True, kw_only=True):
    """A finding of a check, with what would mend it."""

    severity: str
    code: str
    field: str
    message: str
    suggestion: str = ""
    evidence: tuple[tuple[str, str], ...] = ()


class EventRow(msgspec.Struct, frozen=True, kw_only=True):
    """One event of the change stream; ``href`` leads to the record it is about."""

    key: str
    at: datetime
    type: str
    subject: str
    actor: str
    href: str | None = None


def paging_of(*, href: str, after: str, next_after: str | None, parameter: str = "after") -> Paging:
    """Return the links of a list at ``href``; ``after`` is where this page began, empty for the first.

    Where a page has two lists, each has a ``parameter`` of its own.
    """
    joint = "&" if "?" in href else "?"
    return Paging(
        next_href=f"{href}{joint}{parameter}={quote(next_after, safe='')}" if next_after else None,
        first_href=href if after else None,
    )
