"""Telling one supplier what is canceled: in batches, again until it is known, each outcome noted."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

import msgspec

from openaisle.kernel.context import Clock, Context
from openaisle.kernel.errors import OpenAisleError
from openaisle.kernel.outbound import AddressRefused
from openaisle.kernel.records import Versioned
from openaisle.kernel.table import CommitRefused, Index, Table
from openaisle.kernel.times import sortable_time
from openaisle.orders.acknowledgment import decide_noted
from openaisle.orders.changes import PurchaseOrderChanges, Wish
from openaisle.orders.channels.documents import BatchUnprocessable, CancellationAnswer, CancellationDocument
from openaisle.orders.channels.events import PurchaseOrderCancellationTold
from openaisle.orders.channels.notices import (
    NOTICES,
    CancellationNotice,
    NoticeState,
    cancellation_document,
    to_tell_partition,
)
from openaisle.orders.channels.transport import CancellationUntellable, SupplierTransport
from openaisle.orders.purchase_order import PurchaseOrder, Step, names_of
from openaisle.orders.repository import PURCHASE_ORDERS, purchase_order_key
from openaisle.suppliers.queries import SupplierConnection

ACTOR = "system:dispatcher"
UNTELLABLE = "untellable"
_REST_SECONDS = 5.0
_REST_SECONDS_MAXIMUM = 600.0
_REASON_CHARACTERS = 300

Notices = dict[str, Versioned[CancellationNotice]]


class CancellationTeller:
    """Brings one supplier the cancellations that wait for it; it may be lost at any moment."""

    def __init__(
        self,
        *,
        supplier_id: str,
        table: Table,
        changes: PurchaseOrderChanges,
        clock: Clock,
        context: Callable[[], Context],
    ) -> None:
        """Take the supplier, the ports, and what makes the context of a write."""
        self._supplier_id = supplier_id
        self._table = table
        self._changes = changes
        self._clock = clock
        self._context = context
        self._batch_maximum = 1_000
        self._resting: dict[str, tuple[datetime, int, int]] = {}
        self.may_wait = True

    async def waiting(self, *, limit: int) -> tuple[Notices, float | None]:
        """Return the oldest notices that do not rest, or the seconds until the first has rested (None: none waits)."""
        if not self.may_wait:
            return {}, None
        now = self._clock.now()
        # What is told meanwhile says so, by setting this again.
        self.may_wait = False
        partition = to_tell_partition(supplier_id=self._supplier_id)
        page = await self._table.query(
            partition=partition, index=Index.SECOND, limit=min(limit, self._batch_maximum) + len(self._resting)
        )
        found: Notices = {}
        until: datetime | None = None
        for item in page.items:
            notice = NOTICES.decode(item)
            resting = self._resting.get(notice.record.purchase_order_id)
            if resting is not None and resting[0] > now:
                until = resting[0] if until is None else min(until, resting[0])
            elif len(found) < min(limit, self._batch_maximum):
                found[notice.record.purchase_order_id] = notice
        self.may_wait = self.may_wait or bool(page.items)
        if not page.items:
            self._resting.clear()
        return found, None if until is None else max((until - now).total_seconds(), 0.01)

    async def tell(self, *, notices: Notices, connection: SupplierConnection, transport: SupplierTransport) -> None:
        """Tell what is canceled by now; what could not be told rests and holds up nothing else of the supplier's."""
        keys = [purchase_order_key(purchase_order_id=identifier) for identifier in notices]
        items = await self._table.get_many(keys=keys)
        orders = [PURCHASE_ORDERS.record(item.body) for item in items if item is not None]
        documents = [one for order in orders if (one := cancellation_document(purchase_order=order)).lines]
        try:
            answers = await transport.cancel(connection=connection, documents=documents) if documents else {}
        except CancellationUntellable as error:
            await self._settle(notices=notices, outcomes=dict.fromkeys(notices, (UNTELLABLE, error.detail)))
            return
        except OpenAisleError as error:
            is_refused = isinstance(error, BatchUnprocessable) or (
                error.status < 500 and not isinstance(error, AddressRefused)
            )
            if is_refused and len(documents) > 1:
                # Smaller batches until the one that cannot be told stands alone.
                self._batch_maximum = max(1, len(documents) // 2)
                return
            await self._note_reason(notices=notices, error=error)
            given_up_after = connection.attempts_maximum if is_refused else None
            await self._let_rest(
                notices=notices, unanswered=list(notices), reason=error.detail, given_up_after=given_up_after
            )
            return
        self._batch_maximum = min(self._batch_maximum * 2, 1_000)
        outcomes = _outcomes(documents=documents, answers=answers, notices=notices)
        await self._settle(notices=notices, outcomes=outcomes)
        unanswered = [identifier for identifier in notices if identifier not in outcomes]
        if unanswered:
            await self._let_rest(
                notices=notices,
                unanswered=unanswered,
                reason="The answer does not name the purchase order.",
                given_up_after=connection.attempts_maximum,
            )

    async def _settle(self, *, notices: Notices, outcomes: Mapping[str, tuple[str, str]]) -> None:
        context = self._context()
        at = sortable_time(context.at)

        def wish(identifier: str, decision: str, reason: str) -> Wish:
            def decide(purchase_order: PurchaseOrder) -> Step:
                note = f"{decision}: {reason}" if reason else decision
                noted = decide_noted(
                    purchase_order=purchase_order,
                    action="cancellation_told",
                    note=note[:_REASON_CHARACTERS],
                    actor=ACTOR,
                    at=at,
                )
                event = PurchaseOrderCancellationTold(
                    **names_of(purchase_order), lines=(), decision=decision, reason=reason
                )
                return noted._replace(events=(event,)) if noted.purchase_order is not purchase_order else noted

            return Wish(identifier, decide)

        wishes = [wish(identifier, *outcome) for identifier, outcome in outcomes.items() if outcome[0]]
        await self._changes.change_many(wishes=wishes, context=context)
        for identifier in outcomes:
            self._resting.pop(identifier, None)
            found = notices[identifier]
            settled = msgspec.structs.replace(found.record, state=NoticeState.SETTLED, reason="")
            await self._replace(found=found, changed=settled)

    async def _let_rest(
        self, *, notices: Notices, unanswered: Sequence[str], reason: str, given_up_after: int | None
    ) -> None:
        """Try these again later; what was refused ``given_up_after`` times is left to a person, an outage never is."""
        now = self._clock.now()
        given_up = {}
        for identifier in unanswered:
            _, tries, refusals = self._resting.get(identifier, (now, 0, 0))
            seconds = min(_REST_SECONDS * 2 ** min(tries, 16), _REST_SECONDS_MAXIMUM)
            refusals += given_up_after is not None
            self._resting[identifier] = (now + timedelta(seconds=seconds), tries + 1, refusals)
            if given_up_after is not None and refusals >= given_up_after:
                given_up[identifier] = (UNTELLABLE, reason)
        await self._settle(notices=notices, outcomes=given_up)

    async def _note_reason(self, *, notices: Notices, error: OpenAisleError) -> None:
        reason = f"{error.code}: {error.detail}"[:_REASON_CHARACTERS]
        for found in notices.values():
            if found.record.reason != reason:
                changed = msgspec.structs.replace(found.record, reason=reason, attempts=found.record.attempts + 1)
                await self._replace(found=found, changed=changed)

    async def _replace(self, *, found: Versioned[CancellationNotice], changed: CancellationNotice) -> None:
        try:
            await self._table.commit(writes=[NOTICES.replace(changed, version=found.version)], context=self._context())
        except CommitRefused:
            # More was canceled meanwhile: it is told, too.
            self.may_wait = True


def _outcomes(
    *, documents: Sequence[CancellationDocument], answers: Mapping[str, CancellationAnswer], notices: Notices
) -> dict[str, tuple[str, str]]:
    told = {one.purchase_order_id for one in documents}
    # A purchase order of which nothing is canceled after all needs no telling.
    outcomes = {identifier: ("", "") for identifier in notices if identifier not in told}
    for identifier, answer in answers.items():
        outcomes[identifier] = (answer.decision.value, (answer.reason or "")[:_REASON_CHARACTERS])
    return outcomes
