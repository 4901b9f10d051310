"""The page of what did not reach suppliers: purchase orders that were set aside, cancellations that wait."""

from __future__ import annotations

import msgspec
from starlette.responses import Response
from starlette.routing import Route

from openaisle.entrypoints.console.door import Door
from openaisle.entrypoints.console.views.common import Paging, paging_of
from openaisle.entrypoints.console.visits import Visit
from openaisle.orders.channels.letters import DeadLetter, DeadLetters
from openaisle.orders.channels.notices import CancellationNotice, CancellationNotices
from openaisle.orders.purchase_order import PurchaseOrderState
from openaisle.suppliers.queries import SupplierQueries

LIST_HREF = "/console/undelivered"
_ROWS = 50


class SetAsideRow(msgspec.Struct, frozen=True, kw_only=True):
    """A purchase order that was set aside; it may be tried again while it still waits."""

    letter: DeadLetter
    supplier: str
    state: str
    order_href: str
    again_href: str | None


class WaitingRow(msgspec.Struct, frozen=True, kw_only=True):
    """A cancellation that its supplier was not told yet."""

    notice: CancellationNotice
    supplier: str
    order_href: str


class UndeliveredPage(msgspec.Struct, frozen=True, kw_only=True):
    """Both lists."""

    rows: tuple[SetAsideRow, ...]
    waiting: tuple[WaitingRow, ...]
    paging: Paging


class UndeliveredPages:
    """The list, and the button that tries one again."""

    def __init__(self, *, dead_letters: DeadLetters, notices: CancellationNotices, suppliers: SupplierQueries) -> None:
        """Take what was set aside, what waits to be told, and what names suppliers."""
        self._dead_letters = dead_letters
        self._notices = notices
        self._suppliers = suppliers

    def routes(self, *, door: Door) -> list[Route]:
        """Return which path shows which page."""
        return [
            Route("/undelivered", door.page(self.listed), methods=["GET"]),
            Route("/undelivered/{purchase_order_id}/redelivery", door.form(self.send_again), methods=["POST"]),
        ]

    async def listed(self, visit: Visit) -> Response:
        """Show a page of what was set aside, and the oldest cancellations that wait."""
        after = visit.asked(name="after")
        listed = await self._dead_letters.listed(after=after or None, limit=_ROWS)
        rows = []
        for letter, state in listed.letters:
            waits = state is PurchaseOrderState.CREATED
            rows.append(
                SetAsideRow(
                    letter=letter,
                    supplier=await self._name(visit, supplier_id=letter.supplier_id),
                    state=state.value,
                    order_href=f"/console/orders/{order_id_of(purchase_order_id=letter.purchase_order_id)}",
                    again_href=f"{LIST_HREF}/{letter.purchase_order_id}/redelivery" if waits else None,
                )
            )
        notices, _ = await self._notices.waiting(limit=_ROWS)
        waiting = [
            WaitingRow(
                notice=one,
                supplier=await self._name(visit, supplier_id=one.supplier_id),
                order_href=f"/console/orders/{one.order_id}",
            )
            for one in notices
        ]
        page = UndeliveredPage(
            rows=tuple(rows),
            waiting=tuple(waiting),
            paging=paging_of(href=LIST_HREF, after=after, next_after=listed.next_after),
        )
        return visit.page(template="undelivered", here="orders", page=page)

    async def send_again(self, visit: Visit) -> Response:
        """Have one tried again."""
        purchase_order_id = visit.path(name="purchase_order_id")
        await self._dead_letters.send_again(purchase_order_id=purchase_order_id, context=visit.context)
        return visit.sent_on(href=f"{LIST_HREF}?done=sent-again")

    async def _name(self, visit: Visit, *, supplier_id: str) -> str:
        standing = await self._suppliers.standing(supplier_id=supplier_id, at=visit.now)
        return supplier_id if standing is None else standing.name


def order_id_of(*, purchase_order_id: str) -> str:
    """Return the order that a purchase order is a part of; its identifier holds it."""
    return f"ord_{purchase_order_id.removeprefix('po_').partition('_')[0]}"
