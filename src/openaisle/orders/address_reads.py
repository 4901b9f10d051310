"""Who has read a shopper's address in clear: an entry in the audit trail, once a day for the same person and order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

import msgspec

from openaisle.kernel.context import Context, Role
from openaisle.kernel.http import Answer, Operation, Request
from openaisle.orders.views import OrderView, PurchaseOrderView

ACTION = "order.address_read"
_REMEMBERED_MAXIMUM = 50_000
# A storefront reads what it wrote itself, and the marketplace's own work shows it to nobody.
_NOTED = frozenset({Role.OPERATOR, Role.SUPPLIER})


class KeepsAudit(Protocol):
    """What this room asks of the audit trail."""

    async def record(
        self, *, action: str, subject: str, context: Context, details: Mapping[str, str] | None = None
    ) -> None:
        """Add an entry."""
        ...


class AddressReads:
    """Notes reads of addresses."""

    def __init__(self, *, audit: KeepsAudit) -> None:
        """Take the audit trail."""
        self._audit = audit
        self._noted: set[tuple[str, str, str, str]] = set()

    async def note(self, *, subject: str, context: Context) -> None:
        """Write down that whoever asks is shown the address of ``subject``: an order or a purchase order.

        Called before it is shown. The same one is noted once a day by each process, so that a supplier's system that
        asks every minute does not bury the others.
        """
        principal = context.principal
        if principal.role not in _NOTED:
            return
        read = (principal.actor, principal.user_id or "", subject, context.at.date().isoformat())
        if read in self._noted:
            return
        await self._audit.record(action=ACTION, subject=subject, context=context)
        if len(self._noted) >= _REMEMBERED_MAXIMUM:
            self._noted.clear()
        self._noted.add(read)


def noting(*, operations: Iterable[Operation], reads: AddressReads) -> tuple[Operation, ...]:
    """Return the operations, of which each that answers with an address notes it before it does.

    Done here for all of them by what they answer, so that none can forget it.
    """
    return tuple(_noted(one, reads) if one.answer in {OrderView, PurchaseOrderView} else one for one in operations)


def _noted(operation: Operation, reads: AddressReads) -> Operation:
    async def handle(request: Request) -> Answer:
        answer = await operation.handle(request)
        shown = answer.value
        if isinstance(shown, OrderView):
            await reads.note(subject=shown.order_id, context=request.context)
        elif isinstance(shown, PurchaseOrderView) and shown.ship_to is not None:
            await reads.note(subject=shown.purchase_order_id, context=request.context)
        return answer

    return msgspec.structs.replace(operation, handle=handle)
