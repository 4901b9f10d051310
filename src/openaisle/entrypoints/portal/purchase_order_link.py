"""The page on which a link in a mail leads: one purchase order, answered and shipped without an account."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

import msgspec
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from openaisle.entrypoints.console.pages.sign_in import Doorway
from openaisle.kernel.context import SupplierScope
from openaisle.kernel.errors import OpenAisleError, RequestInvalid
from openaisle.orders.address_reads import AddressReads
from openaisle.orders.channels.links import LINK_LENGTH_MAXIMUM, AnswerLink, AnswerLinks
from openaisle.orders.commands import Acknowledgment, NewShipment
from openaisle.orders.purchase_order import LineAnswer
from openaisle.orders.purchase_order_use_cases import PurchaseOrderUseCases
from openaisle.orders.queries import OrderQueries
from openaisle.orders.views import PurchaseOrderView

_TEMPLATE = "portal_purchase_order_link"
_PATH = "/portal/purchase-order"
_REASON_CHARACTERS = 300


class AnswerFormInvalid(RequestInvalid):
    """A field of the form is missing or not what it should be."""

    code = "answer-form-invalid"
    title = "Something in the form is missing"
    mend = "Fill in the fields that are named and send the form once more."


@dataclass(frozen=True, kw_only=True)
class LinkRooms:
    """What the page asks and calls."""

    links: AnswerLinks
    purchase_orders: PurchaseOrderUseCases
    queries: OrderQueries
    address_reads: AddressReads


class PurchaseOrderLinkPages:
    """The pages of one purchase order; whoever has the link needs no session, and reaches nothing else."""

    def __init__(self, *, rooms: LinkRooms, doorway: Doorway) -> None:
        """Take what is asked and called, and what the pages before the door share."""
        self._rooms = rooms
        self._doorway = doorway

    async def show(self, request: Request) -> Response:
        """Show the purchase order; programs that look into mails open links too, so looking changes nothing."""
        return await self._shown(request=request, token=request.query_params.get("token", ""))

    async def submit(self, request: Request) -> Response:
        """Do what the form asks for."""
        fields = await self._doorway.fields(request)
        token = fields.get("token", "")
        link, view = await self._opened(request=request, token=token)
        context = link.context(context=self._doorway.context(request))
        scope = SupplierScope(supplier_id=link.supplier_id)
        try:
            if fields.get("action") == "ship":
                await self._rooms.purchase_orders.ship(
                    purchase_order_id=link.purchase_order_id, shipment=_shipment(fields), context=context, scope=scope
                )
            else:
                acknowledgment = _acknowledgment(fields=fields, view=view)
                await self._rooms.purchase_orders.acknowledge(
                    purchase_order_id=link.purchase_order_id,
                    acknowledgment=acknowledgment,
                    context=context,
                    scope=scope,
                )
        except OpenAisleError as error:
            if error.status >= 500:
                raise
            return await self._shown(request=request, token=token, problem=error)
        return RedirectResponse(f"{_PATH}?token={quote(token, safe='')}", status_code=303)

    async def _shown(self, *, request: Request, token: str, problem: OpenAisleError | None = None) -> Response:
        link, view = await self._opened(request=request, token=token)
        if view.ship_to is not None:
            context = link.context(context=self._doorway.context(request))
            await self._rooms.address_reads.note(subject=view.purchase_order_id, context=context)
        values = {
            "token": token,
            "order": view,
            "pending": [line for line in view.lines if line.answer is LineAnswer.PENDING and line.open_quantity],
            "to_ship": [line for line in view.lines if line.answer is LineAnswer.ACCEPTED and line.open_quantity],
        }
        return self._doorway.shown(request=request, template=_TEMPLATE, values=values, problem=problem)

    async def _opened(self, *, request: Request, token: str) -> tuple[AnswerLink, PurchaseOrderView]:
        at = self._doorway.context(request).at
        link = await self._rooms.links.opened(token=token[:LINK_LENGTH_MAXIMUM], at=at)
        view = await self._rooms.queries.own_purchase_order(
            scope=SupplierScope(supplier_id=link.supplier_id), purchase_order_id=link.purchase_order_id, at=at
        )
        return link, view


def _acknowledgment(*, fields: Mapping[str, str], view: PurchaseOrderView) -> Acknowledgment:
    reason = fields.get("reason", "").strip()[:_REASON_CHARACTERS]
    lines = []
    for line in view.lines:
        decision = fields.get(f"line_{line.line_number}", "")
        if decision == "accepted":
            lines.append({"line_number": line.line_number, "decision": decision})
        elif decision == "rejected":
            lines.append({"line_number": line.line_number, "decision": decision, "reason": reason})
    if not lines:
        raise AnswerFormInvalid(detail="Say for at least one line whether you accept or decline it.")
    return msgspec.convert({"lines": lines}, Acknowledgment)


def _shipment(fields: Mapping[str, str]) -> NewShipment:
    told = {name: fields.get(name, "").strip() for name in ("carrier", "tracking_number")}
    try:
        return msgspec.convert(told, NewShipment)
    except msgspec.ValidationError:
        detail = "Give the carrier and the tracking number as they stand on the label."
        raise AnswerFormInvalid(detail=detail) from None
