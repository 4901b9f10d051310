"""The audit trail: who did what, when and from where. Entries are only ever added."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import msgspec

from openaisle.kernel.context import Context
from openaisle.kernel.identifiers import Identifiers
from openaisle.kernel.records import RecordType
from openaisle.kernel.table import Index, IndexEntry, Key, Put, Table
from openaisle.kernel.times import sortable_time

ALL_ENTRIES = "AUDIT_ENTRIES"
DONE = "done"
_DETAIL_CHARACTERS = 500


class AuditEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that somebody did or tried.

    ``actor`` is the party, ``user_id`` the person where there was one, ``address`` the network address it came from.
    ``action`` is an operation's name or an action of signing in, ``subject`` the record it was about. ``outcome`` is
    ``done`` or the code of the error that refused it.
    """

    entry_id: str
    at: datetime
    actor: str
    action: str
    subject: str
    outcome: str
    address: str
    correlation_id: str
    user_id: str | None = None
    user_role: str | None = None
    details: Mapping[str, str] = {}


class AuditPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of entries, the newest first; ``next_after`` is null on the last page."""

    entries: list[AuditEntry]
    next_after: str | None


def entries_of_user(*, user_id: str) -> str:
    """Access pattern: what one person did, newest first (AuditTrail.listed)."""
    return f"AUDIT_ENTRIES#{user_id}"


def _indexes(entry: AuditEntry) -> tuple[IndexEntry, ...]:
    sort = f"{sortable_time(entry.at)}#{entry.entry_id}"
    # Access pattern: everything, newest first (AuditTrail.listed).
    everything = IndexEntry(Index.FIRST, ALL_ENTRIES, sort)
    if entry.user_id is None:
        return (everything,)
    return everything, IndexEntry(Index.SECOND, entries_of_user(user_id=entry.user_id), sort)


ENTRIES = RecordType(
    kind="audit_entry",
    model=AuditEntry,
    key=lambda entry: Key(f"AUDIT#{entry.entry_id}", "AUDIT"),
    indexes=_indexes,
    streamed=False,
)


class AuditTrail:
    """Adds entries, alone or in the commit of what they tell of, and lists them."""

    def __init__(self, *, table: Table, identifiers: Identifiers) -> None:
        """Take the table and the maker of identifiers."""
        self._table = table
        self._identifiers = identifiers

    def entry(
        self,
        *,
        action: str,
        subject: str,
        context: Context,
        outcome: str = DONE,
        user_id: str | None = None,
        details: Mapping[str, str] | None = None,
    ) -> Put:
        """Return the write of an entry, for the commit of what it tells of.

        ``user_id`` is the person where the context does not know them yet, as when signing in.
        """
        principal = context.principal
        entry = AuditEntry(
            entry_id=self._identifiers.new(prefix="aud"),
            at=context.at,
            actor=principal.actor,
            user_id=principal.user_id or user_id,
            user_role=principal.user_role.value if principal.user_role is not None else None,
            action=action,
            subject=subject[:_DETAIL_CHARACTERS],
            outcome=outcome,
            address=context.address[:64],
            correlation_id=context.correlation_id,
            details={name: text[:_DETAIL_CHARACTERS] for name, text in (details or {}).items()},
        )
        return ENTRIES.create(entry)

    async def record(
        self,
        *,
        action: str,
        subject: str,
        context: Context,
        outcome: str = DONE,
        user_id: str | None = None,
        details: Mapping[str, str] | None = None,
    ) -> None:
        """Add an entry by itself."""
        write = self.entry(
            action=action, subject=subject, context=context, outcome=outcome, user_id=user_id, details=details
        )
        await self._table.commit(writes=[write], context=context)

    async def listed(self, *, user_id: str | None = None, after: str | None = None, limit: int = 100) -> AuditPage:
        """Return a page of what everybody or one person did, the newest first."""
        index, partition = Index.FIRST, ALL_ENTRIES
        if user_id is not None:
            index, partition = Index.SECOND, entries_of_user(user_id=user_id)
        page = await self._table.query(partition=partition, index=index, after=after, limit=limit, descending=True)
        return AuditPage(entries=[ENTRIES.decode(item).record for item in page.items], next_after=page.cursor)
