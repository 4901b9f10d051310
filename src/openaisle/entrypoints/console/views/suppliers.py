"""Suppliers: the list by state, and one supplier with facts, checks, corrections, connection and audit trail."""

from __future__ import annotations

from datetime import datetime

import msgspec

from openaisle.entrypoints.console.views.common import Choice, Fact, FieldChange, HistoryEntry, Paging


class SupplierRow(msgspec.Struct, frozen=True, kw_only=True):
    """One supplier of a list."""

    supplier_id: str
    name: str
    state: str
    country: str
    changed_at: datetime
    connected: bool


class SuppliersPage(msgspec.Struct, frozen=True, kw_only=True):
    """The list of the suppliers in one state."""

    state: str
    choices: tuple[Choice, ...]
    suppliers: tuple[SupplierRow, ...]
    paging: Paging


class CheckRow(msgspec.Struct, frozen=True, kw_only=True):
    """One verification check: what it looked at, what it found, and what would help."""

    name: str
    outcome: str
    field: str
    evidence: str
    suggestion: str
    checked_at: datetime | None = None


class ConnectionCard(msgspec.Struct, frozen=True, kw_only=True):
    """The supplier's own system; ``breaker`` is how it has answered lately."""

    breaker: str
    breaker_note: str
    facts: tuple[Fact, ...]


class SupplierPage(msgspec.Struct, frozen=True, kw_only=True):
    """Everything about one supplier."""

    supplier_id: str
    name: str
    state: str
    state_note: str
    facts: tuple[Fact, ...]
    checks: tuple[CheckRow, ...]
    corrections: tuple[FieldChange, ...]
    history: tuple[HistoryEntry, ...]
    connection: ConnectionCard | None
    review_href: str | None
    may_suspend: bool
    may_reinstate: bool
