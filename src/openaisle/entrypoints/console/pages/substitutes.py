"""The form by which the operator decides about a substitute that a supplier proposed; it stands on the order's page."""

from __future__ import annotations

from starlette.responses import Response
from starlette.routing import Route

from openaisle.entrypoints.console.door import Door
from openaisle.entrypoints.console.views.orders import LIST_HREF
from openaisle.entrypoints.console.visits import Visit
from openaisle.orders.commands import Consent, LineConsent
from openaisle.orders.purchase_order import PurchaseOrderLineUnknown
from openaisle.orders.purchase_order_use_cases import PurchaseOrderUseCases


class SubstitutePages:
    """Takes the decision, and leads back to the order."""

    def __init__(self, *, use_cases: PurchaseOrderUseCases) -> None:
        """Take the use cases of purchase orders."""
        self._use_cases = use_cases

    def routes(self, *, door: Door) -> list[Route]:
        """Return the path of the form."""
        path = "/orders/purchase-orders/{purchase_order_id}/consents"
        return [Route(path, door.form(self.decide), methods=["POST"])]

    async def decide(self, visit: Visit) -> Response:
        """Consent to the substitute of a line, or refuse it."""
        number = visit.form.get("line_number", "")
        if not (number.isascii() and number.isdigit()) or len(number) > 5:
            raise PurchaseOrderLineUnknown(detail=f"{number[:20]!r} is no line's number.")
        line = LineConsent(line_number=int(number), granted=visit.form.get("decision") == "granted")
        changed = await self._use_cases.consent(
            purchase_order_id=visit.path(name="purchase_order_id"), consent=Consent(lines=[line]), context=visit.context
        )
        return visit.sent_on(href=f"{LIST_HREF}/{changed.order_id}")
