"""Keep the clocks: look at each supplier once a day, tell it what is due, take its certification."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Protocol

import msgspec

from openaisle.duties.events import DutyCertified
from openaisle.duties.model import (
    Clock,
    Outcome,
    SupplierDuties,
    decide_certified,
    decide_day,
    disclosure_explanation,
    volume_explanation,
)
from openaisle.duties.repository import (
    CLOCKS,
    DAY_PREFIX,
    DUE_TOPIC,
    DUTIES,
    SALES_DAYS,
    day_key,
    duties_key,
    partition_of,
)
from openaisle.duties.sales import SalesDay, Volume, volume_of, years_before
from openaisle.duties.trader import Traders, TraderView, standing_of, trader_view
from openaisle.kernel.context import Context, system_context
from openaisle.kernel.errors import RequestInvalid
from openaisle.kernel.pipe import Timer
from openaisle.kernel.records import Versioned, decided_anew
from openaisle.kernel.table import Index, Item, Table
from openaisle.suppliers.model import Supplier, SupplierMissing

NAME = "duties"
_LANGUAGE = "en"
_PAGE = 400


class SendsMail(Protocol):
    """What this room needs of the room of mail."""

    async def send(
        self,
        *,
        template: str,
        to: str,
        language: str,
        data: Mapping[str, str],
        deduplication_key: str,
        context: Context,
    ) -> object:
        """Send a mail of a template once, however often it is asked for with one key."""
        ...


class SuspendsSuppliers(Protocol):
    """What this room needs of the room of suppliers."""

    async def suspend(self, *, supplier_id: str, reason: str, context: Context) -> object:
        """Stop an active supplier's sales."""
        ...


class DutiesView(msgspec.Struct, frozen=True, kw_only=True):
    """A supplier's duties; each computed value comes with what was counted and why."""

    supplier_id: str
    high_volume_on: date | None
    volume: Volume
    volume_explanation: str
    must_disclose: bool
    disclosure_explanation: str
    missing_for_inform: tuple[str, ...]
    missing_for_traders: tuple[str, ...]
    collected_on: date | None
    verified_on: date | None
    certified_on: date | None
    certified_by: str | None
    clocks: tuple[Clock, ...]
    next_due_on: date | None


class ClocksPage(msgspec.Struct, frozen=True, kw_only=True):
    """Suppliers with a clock that runs, what is due next first; ``next_after`` is null on the last page."""

    suppliers: tuple[SupplierDuties, ...]
    next_after: str | None


class Duties:
    """The use cases and queries of duties."""

    def __init__(self, *, table: Table, mail: SendsMail, suppliers: SuspendsSuppliers, suspend_overdue: bool) -> None:
        """Take the ports; ``suspend_overdue`` says whether a supplier is suspended without asking the operator."""
        self._table = table
        self._mail = mail
        self._suppliers = suppliers
        self._traders = Traders(table=table)
        self._suspend_overdue = suspend_overdue

    def timer(self) -> Timer:
        """Return the timer that looks at each supplier's duties once a day, and soon after new sales."""

        async def handle(items: Sequence[Item], now: datetime) -> None:
            for item in items:
                supplier_id = DUTIES.record(item.body).supplier_id
                context = system_context(name=NAME, at=now, correlation_id=f"{NAME}:{supplier_id}:{now.isoformat()}")
                try:
                    await self.look(supplier_id=supplier_id, context=context)
                except SupplierMissing:
                    # Its data were deleted, so that there is nobody left to have duties.
                    gone = DUTIES.remove(DUTIES.record(item.body), version=None)
                    await self._table.commit(writes=[gone], context=context)

        return Timer(topic=DUE_TOPIC, handle=handle, batch_size=20)

    async def look(self, *, supplier_id: str, context: Context) -> SupplierDuties:
        """Let the day move a supplier's clocks: send notices, tell what is overdue; raises SupplierMissing."""
        supplier = await self._traders.supplier(supplier_id=supplier_id)

        async def attempt() -> Outcome:
            found = await self._found(supplier_id=supplier_id)
            outcome = await self._decided(found.record, supplier, context.at)
            # Mails are written first and recognize themselves: a crash in between writes none twice.
            await self._tell(supplier=supplier, outcome=outcome, context=context)
            write = DUTIES.replace(outcome.duties, version=found.version, events=outcome.events)
            await self._table.commit(writes=[write], context=context)
            return outcome

        outcome = await decided_anew(attempt)
        if outcome.suspension_due is not None and self._suspend_overdue:
            reason = f"{outcome.suspension_due.explanation} ({outcome.suspension_due.source})"
            await self._suppliers.suspend(supplier_id=supplier_id, reason=reason, context=context)
        return outcome.duties

    async def certify(self, *, supplier_id: str, by: str, context: Context) -> DutiesView:
        """Take a supplier's word that its particulars are right; raises SupplierMissing, NothingToCertify."""
        supplier = await self._traders.supplier(supplier_id=supplier_id)

        async def attempt() -> None:
            found = await self._found(supplier_id=supplier_id)
            today = context.at.astimezone(UTC).date()
            certified = decide_certified(duties=found.record, trader=standing_of(supplier=supplier), by=by, today=today)
            outcome = await self._decided(certified, supplier, context.at)
            event = DutyCertified(supplier_id=supplier_id, certified_on=today.isoformat())
            write = DUTIES.replace(outcome.duties, version=found.version, events=(event, *outcome.events))
            await self._table.commit(writes=[write], context=context)

        await decided_anew(attempt)
        return await self.duties(supplier_id=supplier_id, at=context.at)

    async def duties(self, *, supplier_id: str, at: datetime) -> DutiesView:
        """Return a supplier's duties as they are at a moment; raises SupplierMissing."""
        supplier = await self._traders.supplier(supplier_id=supplier_id)
        found = await self._found(supplier_id=supplier_id)
        now = (await self._decided(found.record, supplier, at)).duties
        standing = standing_of(supplier=supplier)
        return DutiesView(
            supplier_id=supplier_id,
            high_volume_on=now.high_volume_on,
            volume=now.volume,
            volume_explanation=volume_explanation(now.volume),
            must_disclose=now.volume.must_disclose,
            disclosure_explanation=disclosure_explanation(now.volume),
            missing_for_inform=standing.missing_for_inform,
            missing_for_traders=standing.missing_for_traders,
            collected_on=now.collected_on,
            verified_on=now.verified_on,
            certified_on=now.certified_on,
            certified_by=now.certified_by,
            clocks=now.clocks,
            next_due_on=now.next_due_on,
        )

    async def trader(self, *, supplier_id: str) -> TraderView:
        """Return what storefronts show of a supplier; raises SupplierMissing."""
        supplier = await self._traders.supplier(supplier_id=supplier_id)
        found = await self._found(supplier_id=supplier_id)
        return trader_view(supplier=supplier, must_disclose=found.record.volume.must_disclose)

    async def clocks(self, *, after: str | None, limit: int) -> ClocksPage:
        """Return a page of suppliers with running clocks, what is due next first."""
        page = await self._table.query(partition=CLOCKS, index=Index.FIRST, after=after, limit=limit)
        suppliers = tuple(DUTIES.decode(item).record for item in page.items)
        return ClocksPage(suppliers=suppliers, next_after=page.cursor)

    async def _found(self, *, supplier_id: str) -> Versioned[SupplierDuties]:
        item = await self._table.get(key=duties_key(supplier_id=supplier_id))
        if item is not None:
            return DUTIES.decode(item)
        nothing = Volume(deciding=None, highest=None, not_counted={})
        return Versioned(SupplierDuties(supplier_id=supplier_id, volume=nothing), 0)

    async def _decided(self, duties: SupplierDuties, supplier: Supplier, at: datetime) -> Outcome:
        today = at.astimezone(UTC).date()
        days = await self._days(supplier_id=duties.supplier_id, today=today)
        volume = volume_of(days=days, today=today)
        return decide_day(duties=duties, volume=volume, trader=standing_of(supplier=supplier), today=today)

    async def _days(self, *, supplier_id: str, today: date) -> list[SalesDay]:
        days: list[SalesDay] = []
        first = day_key(supplier_id=supplier_id, day=years_before(day=today, years=2)).sort
        cursor: str | None = None
        while True:
            page = await self._table.query(
                partition=partition_of(supplier_id=supplier_id), sort_prefix=DAY_PREFIX, after=cursor, limit=_PAGE
            )
            days += [SALES_DAYS.decode(item).record for item in page.items if item.key.sort >= first]
            cursor = page.cursor
            if cursor is None:
                return days

    async def _tell(self, *, supplier: Supplier, outcome: Outcome, context: Context) -> None:
        for template, clocks in (("recertification_due", outcome.notices), ("duty_overdue", outcome.overdue)):
            for clock in clocks:
                try:
                    await self._mail.send(
                        template=template,
                        to=supplier.facts.email,
                        language=_LANGUAGE,
                        data={
                            "supplier_name": supplier.facts.name,
                            "duty_name": clock.title,
                            "source": clock.source,
                            "due_on": str(clock.due_on),
                        },
                        deduplication_key=f"{template}#{supplier.supplier_id}#{clock.key}",
                        context=context,
                    )
                except RequestInvalid:
                    # A supplier without a usable address still has its clocks; the console shows them.
                    continue
