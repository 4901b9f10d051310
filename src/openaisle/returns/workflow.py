"""What happens to returns by itself: settling, replacing, deadlines."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from openaisle.kernel.context import Clock, Context, system_context
from openaisle.kernel.pipe import Pipe, Timer
from openaisle.kernel.stream import Change
from openaisle.kernel.table import Item
from openaisle.kernel.times import sortable_time
from openaisle.orders.events import OrderLineCanceled
from openaisle.orders.repository import ORDER_KIND, ORDERS
from openaisle.returns.book import Books
from openaisle.returns.deciding import decide_due
from openaisle.returns.events import ReturnAuthorized, ReturnReceived
from openaisle.returns.model import ReplacementImpossible, Return, ReturnUnknown, Wish
from openaisle.returns.policy import ReturnPolicy
from openaisle.returns.refund_use_cases import Refunds
from openaisle.returns.replacing import Replacements, replaced_return_id
from openaisle.returns.repository import REFUND_TOPIC, REFUNDS, RETURN_KIND, RETURN_TOPIC, RETURNS
from openaisle.returns.standing import awaits_settlement, is_being_replaced, is_in_doubt
from openaisle.returns.use_cases import Returns

NAME = "returns"
MAKE_UP = "replacements"
_REASON_MAXIMUM = 300


class ReturnWorkflow:
    """Does with returns what needs nobody's decision; safe to do again."""

    def __init__(
        self,
        *,
        returns: Returns,
        refunds: Refunds,
        replacements: Replacements,
        books: Books,
        policy: ReturnPolicy,
        clock: Clock,
    ) -> None:
        """Take the use cases, the books of orders, the policy and the clock of the worker."""
        self._returns = returns
        self._refunds = refunds
        self._replacements = replacements
        self._books = books
        self._policy = policy
        self._clock = clock

    def pipes(self) -> tuple[Pipe, ...]:
        """Return what follows a receipt, and what follows a cancellation of a replacement."""
        return (
            Pipe(
                name=NAME,
                handle=self._go_on,
                kinds=frozenset({RETURN_KIND}),
                event_types=frozenset({ReturnAuthorized.TYPE, ReturnReceived.TYPE}),
            ),
            Pipe(
                name=MAKE_UP,
                handle=self._make_up,
                kinds=frozenset({ORDER_KIND}),
                event_types=frozenset({OrderLineCanceled.TYPE}),
            ),
        )

    def timers(self) -> tuple[Timer, ...]:
        """Return the timers of returns and refunds."""
        return (
            Timer(topic=RETURN_TOPIC, handle=self._returns_due),
            Timer(topic=REFUND_TOPIC, handle=self._refunds_due),
        )

    async def come_due(self, *, return_id: str, context: Context) -> None:
        """Do what a deadline brings; nothing before it has passed, and nothing twice."""
        record = await self._record(return_id)
        if record.due_at is None or record.due_at > sortable_time(context.at):
            return
        if is_being_replaced(record):
            # The process that ordered the goods again did not come to its end.
            await self._replaced_or_refunded(return_id=return_id, context=context)
        elif awaits_settlement(record):
            # Nobody decided in time: the doubt is not the shopper's to bear.
            reason = "nobody decided in time"
            await self._returns.refund(return_id=return_id, deductions=None, reason=reason, context=context)
        else:
            await self._returns.change(
                return_id=return_id,
                context=context,
                decide=lambda one: decide_due(
                    record=one, policy=self._policy, actor=context.principal.actor, at=context.at
                ),
            )

    async def go_on(self, *, return_id: str, context: Context) -> None:
        """Replace or refund what came, where nobody has to decide."""
        record = await self._record(return_id)
        if not awaits_settlement(record) or is_in_doubt(record):
            return
        if record.wish is Wish.REPLACEMENT:
            await self._replaced_or_refunded(return_id=return_id, context=context)
        else:
            await self._returns.refund(return_id=return_id, deductions={}, reason="", context=context)

    async def _replaced_or_refunded(self, *, return_id: str, context: Context) -> None:
        try:
            await self._replacements.replace(return_id=return_id, context=context)
        except ReplacementImpossible as impossible:
            reason = impossible.detail[:_REASON_MAXIMUM]
            await self._returns.refund(return_id=return_id, deductions={}, reason=reason, context=context)

    async def _record(self, return_id: str) -> Return:
        book = await self._books.of_return(return_id=return_id)
        return book.one(return_id=return_id).record

    async def _go_on(self, changes: Sequence[Change]) -> None:
        for change in changes:
            if change.body is not None:
                context = self._context(NAME, change)
                await self.go_on(return_id=RETURNS.record(change.body).return_id, context=context)

    async def _make_up(self, changes: Sequence[Change]) -> None:
        for change in changes:
            return_id = replaced_return_id(order=ORDERS.record(change.body)) if change.body is not None else None
            if return_id is None:
                continue
            try:
                await self._replacements.make_up(return_id=return_id, context=self._context(MAKE_UP, change))
            except ReturnUnknown:
                # A storefront may call any of its orders so.
                continue

    async def _returns_due(self, items: Sequence[Item], now: datetime) -> None:
        context = system_context(name=NAME, at=now, correlation_id=f"{NAME}:{now.isoformat()}")
        for item in items:
            await self.come_due(return_id=RETURNS.record(item.body).return_id, context=context)

    async def _refunds_due(self, items: Sequence[Item], now: datetime) -> None:
        context = system_context(name=NAME, at=now, correlation_id=f"{NAME}:{now.isoformat()}")
        for item in items:
            await self._refunds.come_due(refund_id=REFUNDS.record(item.body).refund_id, context=context)

    def _context(self, name: str, change: Change) -> Context:
        return system_context(name=name, at=self._clock.now(), correlation_id=change.correlation_id)
