"""A supplier's life after its verification: verified again, reminded, given notice, offboarded, forgotten."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta

import msgspec

from openaisle.kernel.blobs import Blobs
from openaisle.kernel.context import Context, system_context
from openaisle.kernel.pipe import Timer
from openaisle.kernel.records import Versioned
from openaisle.kernel.table import Delete, Item, Table, Write
from openaisle.suppliers.clocks import ClockKind, SupplierClock, clock_of
from openaisle.suppliers.deciding import Step, decided, loaded
from openaisle.suppliers.documents import documents_of
from openaisle.suppliers.events import (
    SupplierAnswerOverdue,
    SupplierDataDeleted,
    SupplierDocumentExpires,
    SupplierNoticeGiven,
    SupplierNoticeWithdrawn,
    SupplierOffboarded,
    SupplierReverified,
)
from openaisle.suppliers.facts import Address, SupplierFacts
from openaisle.suppliers.leaving import decide_notice_given, decide_notice_withdrawn, decide_offboarded
from openaisle.suppliers.model import (
    ImmediateGround,
    Supplier,
    SupplierState,
)
from openaisle.suppliers.policy import STANDARD_LIFE, LifePolicy
from openaisle.suppliers.repository import CLOCK_TOPIC, CLOCKS, SUPPLIERS, partition_of, supplier_key
from openaisle.suppliers.revisions import decide_reverified

_DELETED = "(deleted)"
_DELETED_AT_ONCE = 90
_PUT_OFF = "put_off"
_PUT_OFF_DAYS = 1


class SupplierLife:
    """The use cases of suppliers that were verified, and what their clocks bring about."""

    def __init__(self, *, table: Table, blobs: Blobs, policy: LifePolicy = STANDARD_LIFE) -> None:
        """Take the table, where documents are kept, and how long things take."""
        self._table = table
        self._blobs = blobs
        self._policy = policy

    async def reverify(self, *, supplier_ids: Sequence[str], reason: str, context: Context) -> int:
        """Verify suppliers again as they are, such as after a sanctions list has changed; return how many.

        Passed over are those not verified yet and those that have left. One that is being verified already, or has a
        revision under way, is verified again a day later, or when that is over.
        """
        started = 0
        for supplier_id in supplier_ids:
            started += await self._reverify(supplier_id=supplier_id, reason=reason, context=context)
        return started

    async def give_notice(
        self, *, supplier_id: str, reason: str, immediate_ground: ImmediateGround | None, context: Context
    ) -> Supplier:
        """Announce that a supplier leaves: after the notice period, or at once on one of the grounds of the law.

        Raises SupplierMissing, SupplierTransitionRefused.
        """
        days = 0 if immediate_ground is not None else self._policy.termination_notice_days
        clock = clock_of(supplier_id=supplier_id, kind=ClockKind.OFFBOARDING, at=context.at, days=days)

        async def announce(supplier: Supplier) -> Step:
            noticed = decide_notice_given(
                supplier=supplier,
                reason=reason,
                effective_at=clock.due_at,
                immediate_ground=immediate_ground,
                context=context,
            )
            if immediate_ground is not None:
                return self._leaving(noticed, reason=reason, context=context)
            event = SupplierNoticeGiven(supplier_id=supplier_id, reason=reason, effective_at=clock.due_at.isoformat())
            return Step(
                supplier=noticed, event=event, action="notice_given", reason=reason, beside=(CLOCKS.store(clock),)
            )

        return await decided(table=self._table, supplier_id=supplier_id, decide=announce, context=context)

    async def withdraw_notice(self, *, supplier_id: str, reason: str, context: Context) -> Supplier:
        """Let a supplier stay that was to leave; raises SupplierMissing, SupplierTransitionRefused."""

        async def decide(supplier: Supplier) -> Step:
            stays = decide_notice_withdrawn(supplier=supplier, context=context)
            event = SupplierNoticeWithdrawn(supplier_id=supplier_id, reason=reason)
            return Step(supplier=stays, event=event, action="notice_withdrawn", reason=reason)

        return await decided(table=self._table, supplier_id=supplier_id, decide=decide, context=context)

    async def come_due(self, *, clock: Versioned[SupplierClock], context: Context) -> None:
        """Do what a clock that has run out asks for, and stop it or set it anew, in one commit."""
        supplier_id = clock.record.supplier_id
        item = await self._table.get(key=supplier_key(supplier_id=supplier_id))
        if item is not None and clock.record.kind is ClockKind.DELETION:
            await self._delete(found=SUPPLIERS.decode(item), context=context)
            return

        before = SUPPLIERS.decode(item) if item is not None else None
        if before is not None and clock.record.kind is ClockKind.REVERIFICATION and _is_busy(before.record):
            again = msgspec.structs.replace(clock.record, due_at=context.at + timedelta(days=_PUT_OFF_DAYS))
            await self._table.commit(writes=[CLOCKS.replace(again, version=clock.version)], context=context)
            return

        async def decide(supplier: Supplier) -> Step | None:
            return await self._due(supplier, clock=clock, context=context)

        step = await decide(before.record) if before is not None else None
        if step is None:
            await self._table.commit(writes=[CLOCKS.remove(clock.record, version=clock.version)], context=context)
            return
        await decided(table=self._table, supplier_id=supplier_id, decide=decide, context=context)

    async def _due(self, supplier: Supplier, *, clock: Versioned[SupplierClock], context: Context) -> Step | None:
        """Return what follows, None if nothing does any more."""
        if clock.record.kind is ClockKind.DOCUMENT_EXPIRY:
            return await self._document_due(supplier, clock=clock, context=context)
        step = None
        match clock.record.kind:
            case ClockKind.REVERIFICATION:
                reason = clock.record.reason or "The yearly verification is due."
                step = _reverification(supplier, reason=reason, context=context)
            case ClockKind.ANSWER if supplier.questions is not None and supplier.answer_by is not None:
                overdue = msgspec.structs.replace(supplier, answer_by=None, changed_at=context.at)
                event = SupplierAnswerOverdue(supplier_id=supplier.supplier_id)
                step = Step(supplier=overdue, event=event, action="answer_overdue")
            case ClockKind.OFFBOARDING if _must_leave(supplier, at=context.at):
                reason = supplier.notice.reason if supplier.notice is not None else ""
                step = self._leaving(supplier, reason=reason, context=context)
            case _:
                return None
        if step is None:
            return None
        stop = CLOCKS.remove(clock.record, version=clock.version)
        return msgspec.structs.replace(step, beside=(*step.beside, stop))

    async def _document_due(
        self, supplier: Supplier, *, clock: Versioned[SupplierClock], context: Context
    ) -> Step | None:
        documents = await documents_of(table=self._table, supplier=supplier)
        document = next((one for one in documents if one.document_id == clock.record.reference), None)
        if document is None or document.expires_on is None or supplier.state is SupplierState.OFFBOARDED:
            return None
        event = SupplierDocumentExpires(
            supplier_id=supplier.supplier_id,
            document_id=document.document_id,
            document_kind=document.kind.value,
            expires_on=document.expires_on.isoformat(),
        )
        # It is valid on its last day, as the check of documents has it too.
        ends_at = datetime.combine(document.expires_on, time(), tzinfo=UTC) + timedelta(days=1)
        beside: tuple[Write, ...]
        if context.at < ends_at:
            again = msgspec.structs.replace(clock.record, due_at=ends_at)
            beside = (CLOCKS.replace(again, version=clock.version),)
        else:
            verify = SupplierClock(
                supplier_id=supplier.supplier_id,
                kind=ClockKind.REVERIFICATION,
                reference=document.document_id,
                reason=f"{document.file_name!r} has expired on {document.expires_on}.",
                due_at=ends_at,
            )
            beside = (CLOCKS.remove(clock.record, version=clock.version), CLOCKS.store(verify))
        noted = msgspec.structs.replace(supplier, changed_at=context.at)
        return Step(supplier=noted, event=event, action="document_expires", beside=beside)

    def _leaving(self, supplier: Supplier, *, reason: str, context: Context) -> Step:
        gone = decide_offboarded(supplier=supplier, reason=reason, context=context)
        deletion = clock_of(
            supplier_id=supplier.supplier_id, kind=ClockKind.DELETION, at=context.at, days=self._policy.data_kept_days
        )
        event = SupplierOffboarded(supplier_id=supplier.supplier_id, reason=reason)
        return Step(supplier=gone, event=event, action="offboarded", reason=reason, beside=(CLOCKS.store(deletion),))

    async def _reverify(self, *, supplier_id: str, reason: str, context: Context) -> bool:
        async def decide(supplier: Supplier) -> Step | None:
            return _reverification(supplier, reason=reason, context=context)

        before = (await loaded(table=self._table, supplier_id=supplier_id)).record
        if _is_busy(before):
            # Its own verification may have come past what has changed: it is verified again when that is over.
            later = clock_of(supplier_id=supplier_id, kind=ClockKind.REVERIFICATION, at=context.at, days=_PUT_OFF_DAYS)
            put_off = msgspec.structs.replace(later, reference=_PUT_OFF, reason=reason)
            await self._table.commit(writes=[CLOCKS.store(put_off)], context=context)
            return False
        after = await decided(table=self._table, supplier_id=supplier_id, decide=decide, context=context)
        return before.open_revision is None and after.open_revision is not None

    async def _delete(self, *, found: Versioned[Supplier], context: Context) -> None:
        """Delete all that is kept of a former supplier but that there was one; may stop anywhere and run again."""
        supplier = found.record
        for document in await documents_of(table=self._table, supplier=supplier):
            await self._blobs.delete(name=document.blob_name)
        partition = partition_of(supplier_id=supplier.supplier_id)
        own = supplier_key(supplier_id=supplier.supplier_id)
        while True:
            page = await self._table.query(partition=partition, limit=_DELETED_AT_ONCE)
            # The clock goes last, with the facts, so that a deletion which stopped half-way comes due again.
            items = [item for item in page.items if item.key != own and item.kind != CLOCKS.kind]
            if not items:
                break
            deletes = [Delete(key=item.key, expected_version=None, streamed=False) for item in items]
            await self._table.commit(writes=deletes, context=context)
        clocks = [Delete(key=item.key, expected_version=None, streamed=False) for item in page.items if item.key != own]
        event = SupplierDataDeleted(supplier_id=supplier.supplier_id)
        emptied = SUPPLIERS.replace(_emptied(supplier, at=context.at), version=found.version, events=[event])
        await self._table.commit(writes=[emptied, *clocks], context=context)


def supplier_timer(*, life: SupplierLife) -> Timer:
    """Return the timer of suppliers' clocks."""

    async def handle(items: Sequence[Item], now: datetime) -> None:
        for item in items:
            clock = CLOCKS.decode(item)
            name = f"{clock.record.supplier_id}#{clock.record.kind.value}#{clock.record.due_at.isoformat()}"
            digest = hashlib.sha256(name.encode()).hexdigest()[:32]
            await life.come_due(clock=clock, context=system_context(name=CLOCK_TOPIC, at=now, correlation_id=digest))

    return Timer(topic=CLOCK_TOPIC, handle=handle)


def _reverification(supplier: Supplier, *, reason: str, context: Context) -> Step | None:
    if supplier.open_revision is not None or supplier.state not in {SupplierState.ACTIVE, SupplierState.SUSPENDED}:
        return None
    after = decide_reverified(supplier=supplier, context=context)
    event = SupplierReverified(supplier_id=supplier.supplier_id, revision=supplier.revision + 1, reason=reason)
    return Step(supplier=after, event=event, action="reverification_started", reason=reason)


def _is_busy(supplier: Supplier) -> bool:
    is_verified = supplier.state in {SupplierState.ACTIVE, SupplierState.SUSPENDED}
    return supplier.state is SupplierState.VERIFYING or (is_verified and supplier.open_revision is not None)


def _must_leave(supplier: Supplier, *, at: datetime) -> bool:
    notice = supplier.notice
    return notice is not None and notice.effective_at <= at and supplier.state is not SupplierState.OFFBOARDED


def _emptied(supplier: Supplier, *, at: datetime) -> Supplier:
    facts = SupplierFacts(
        legal_name=_DELETED,
        country=supplier.facts.country,
        registration_number=_DELETED,
        email=_DELETED,
        phone=_DELETED,
        address=Address(street_lines=(_DELETED,), city=_DELETED, postal_code=_DELETED),
        business_model=supplier.facts.business_model,
    )
    return Supplier(
        supplier_id=supplier.supplier_id,
        state=supplier.state,
        revision=supplier.revision,
        judged_revision=supplier.judged_revision,
        facts=facts,
        tax_id=None,
        applied_at=supplier.applied_at,
        changed_at=at,
    )
