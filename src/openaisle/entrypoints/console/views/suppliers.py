"""Suppliers: the list by state, and one supplier with facts, checks, corrections, connection and audit trail."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import msgspec

from openaisle.entrypoints.console.formats import actor_text, full_moment_text, quantity_text, sentence_text, words_text
from openaisle.entrypoints.console.views.common import Choice, Fact, FieldChange, HistoryEntry, Paging, paging_of
from openaisle.kernel.breaker import Breaker, BreakerState
from openaisle.suppliers import views as room
from openaisle.suppliers.connection_settings import Transport
from openaisle.suppliers.model import TRANSITIONS, Command, SupplierState

LIST_HREF = "/console/suppliers"
_BREAKER_WORDS = {
    BreakerState.CLOSED: "available",
    BreakerState.HALF_OPEN: "half_open",
    BreakerState.OPEN: "resting",
}


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
    found: str
    evidence: tuple[tuple[str, str], ...]
    suggestion: str


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
    verdict: str
    checks: tuple[CheckRow, ...]
    corrections: tuple[FieldChange, ...]
    history: tuple[HistoryEntry, ...]
    connection: ConnectionCard | None
    review_href: str | None
    may_suspend: bool
    may_reinstate: bool


def suppliers_page(
    *,
    listed: room.SupplierPage,
    counts: Mapping[SupplierState, int],
    state: SupplierState | None,
    after: str,
) -> SuppliersPage:
    """Return the list of the suppliers in ``state``, or of all."""
    here = f"{LIST_HREF}?state={state.value}" if state is not None else LIST_HREF
    everyone = Choice(label="All", href=LIST_HREF, chosen=state is None, count=sum(counts.values()))
    by_state = tuple(
        Choice(
            label=sentence_text(code=one.value),
            href=f"{LIST_HREF}?state={one.value}",
            chosen=one is state,
            count=counts.get(one, 0),
        )
        for one in SupplierState
        if counts.get(one, 0) or one is state
    )
    return SuppliersPage(
        state=state.value if state is not None else "",
        choices=(everyone, *by_state),
        suppliers=tuple(
            SupplierRow(
                supplier_id=one.supplier_id,
                name=one.name,
                state=one.state.value,
                country=one.country,
                changed_at=one.changed_at,
                connected=one.connected,
            )
            for one in listed.suppliers
        ),
        paging=paging_of(href=here, after=after, next_after=listed.next_after),
    )


def supplier_page(*, view: room.SupplierView, breaker: Breaker) -> SupplierPage:
    """Return the page of one supplier; ``breaker`` is what the last answers of its system left."""
    latest = view.verifications[0] if view.verifications else None
    return SupplierPage(
        supplier_id=view.supplier_id,
        name=view.doing_business_as or view.legal_name,
        state=view.state.value,
        state_note=view.reason or "",
        facts=_facts(view=view),
        verdict=latest.reason if latest is not None else "",
        checks=_checks(verification=latest),
        corrections=tuple(
            FieldChange(
                field=one.field,
                before=one.before or "",
                after=one.after or "",
                rule=one.rule,
                who=actor_text(actor=one.who),
                at=one.at,
            )
            for one in view.corrections
        ),
        history=tuple(_history_entry(entry=entry) for entry in view.audit),
        connection=_connection(connection=view.connection, breaker=breaker),
        review_href=f"/console/reviews/{view.review_task_id}" if view.review_task_id else None,
        may_suspend=(view.state, Command.SUSPEND) in TRANSITIONS,
        may_reinstate=(view.state, Command.REINSTATE) in TRANSITIONS,
    )


def editable_facts(*, view: room.SupplierView) -> dict[str, str]:
    """Return the facts a reviewer may correct, by the names that corrections use; the tax id stays masked."""
    address = view.address
    return {
        "legal_name": view.legal_name,
        "doing_business_as": view.doing_business_as or "",
        "country": view.country,
        "registration_number": view.registration_number,
        "lei": view.lei or "",
        "tax_id": view.tax_id or "",
        "email": view.email,
        "phone": view.phone,
        "website": view.website or "",
        "address.street_lines": "\n".join(address.street_lines),
        "address.postal_code": address.postal_code,
        "address.city": address.city,
        "address.region": address.region or "",
        "address.country": address.country or "",
    }


def _mailbox_text(view: room.SupplierView) -> str:
    confirmed_at = view.mailbox_confirmed_at
    return f"confirmed {full_moment_text(at=confirmed_at)}" if confirmed_at is not None else "not confirmed yet"


def _facts(*, view: room.SupplierView) -> tuple[Fact, ...]:
    address = view.address
    town = " ".join(part for part in (address.postal_code, address.city) if part)
    country = address.country or view.country
    place = ", ".join(part for part in (*address.street_lines, town, address.region, country) if part)
    return (
        Fact(label="Legal name", value=view.legal_name),
        Fact(label="Known as", value=view.doing_business_as or ""),
        Fact(label="Works as", value=words_text(code=view.business_model.value)),
        Fact(label="Registration", value=view.registration_number, code=True),
        Fact(label="LEI", value=view.lei or "", code=True),
        Fact(label="E-mail", value=view.email),
        Fact(label="Mailbox", value=_mailbox_text(view)),
        Fact(label="Mails in", value=view.language or ""),
        Fact(label="Phone", value=view.phone),
        # A supplier's address is shown and never linked: it is a stranger's, and may be anything.
        Fact(label="Website", value=view.website or ""),
        Fact(label="Address", value=place),
        Fact(label="Applied", value=full_moment_text(at=view.applied_at)),
        Fact(label="Supplier id", value=view.supplier_id, code=True),
    )


def _checks(*, verification: room.VerificationView | None) -> tuple[CheckRow, ...]:
    if verification is None:
        return ()
    rows = []
    for check in verification.checks:
        found = "; ".join(finding.message for finding in check.findings)
        rows.append(
            CheckRow(
                name=check.check,
                outcome=check.outcome.value,
                found=found,
                evidence=tuple((words_text(code=name), text) for name, text in check.evidence.items()),
                suggestion=check.suggestion or "",
            )
        )
    return tuple(rows)


def _history_entry(*, entry: room.AuditView) -> HistoryEntry:
    moved = next((change.after for change in entry.changes if change.field == "state"), None)
    return HistoryEntry(
        at=entry.at,
        title=sentence_text(code=entry.action),
        state=moved or "quiet",
        detail=entry.reason or "",
        actor=actor_text(actor=entry.actor),
        changes=tuple(
            FieldChange(field=change.field, before=change.before or "", after=change.after or "")
            for change in entry.changes
            if change.before is not None
        ),
    )


def _exchanges_href(connection: room.ConnectionView) -> str | None:
    """Return where interchanges with a supplier are shown, None for one that has none."""
    return f"/console/exchanges/{connection.supplier_id}" if connection.transport is Transport.X12 else None


def _connection(*, connection: room.ConnectionView | None, breaker: Breaker) -> ConnectionCard | None:
    if connection is None:
        return None
    state = breaker.state
    notes = {
        BreakerState.CLOSED: "Its system answers.",
        BreakerState.HALF_OPEN: "It failed lately; one call is tried at a time.",
        BreakerState.OPEN: "It failed too often and is left alone for a while.",
    }
    reason = f" Last failure: {breaker.reason}" if breaker.reason else ""
    hours = connection.acknowledge_within_seconds / 3_600
    return ConnectionCard(
        breaker=_BREAKER_WORDS[state],
        breaker_note=notes[state] + reason,
        facts=(
            Fact(label="Transport", value=connection.transport.value, code=True, href=_exchanges_href(connection)),
            Fact(label="Order Acceptance API", value=connection.order_acceptance_url or "", code=True),
            Fact(label="Inventory API", value=connection.inventory_url or "", code=True),
            Fact(label="Waits for an answer", value=quantity_text(number=connection.timeout_seconds, noun="second")),
            Fact(label="Waits to be acknowledged", value=f"{hours:,.4g} h"),
            Fact(label="Orders in one call", value=f"at most {connection.maximum_batch:,}"),
            Fact(label="Signing secrets", value=f"{connection.secret_count} valid"),
            Fact(label="Changed", value=full_moment_text(at=connection.changed_at)),
        ),
    )
