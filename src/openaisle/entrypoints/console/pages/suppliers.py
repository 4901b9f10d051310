"""The pages of suppliers."""

from __future__ import annotations

from starlette.responses import Response

from openaisle.duties.use_cases import Duties
from openaisle.entrypoints.console.views.shipping_terms import shipping_terms_card
from openaisle.entrypoints.console.views.supplier_life import Revealed, life_page
from openaisle.entrypoints.console.views.suppliers import LIST_HREF, supplier_page, suppliers_page
from openaisle.entrypoints.console.visits import Visit
from openaisle.kernel.errors import OpenAisleError
from openaisle.kernel.permissions import Permission
from openaisle.orders.queries import OrderQueries
from openaisle.suppliers.documents import BEFORE_VERIFICATION
from openaisle.suppliers.model import SupplierState
from openaisle.suppliers.queries import SupplierQueries
from openaisle.suppliers.use_cases import Suppliers

_ROWS = 50
REASON_MAXIMUM = 500
# Which form of the page a problem is shown in.
STANDING = "standing"


class SupplierPages:
    """The list and the detail of suppliers, and the forms that suspend and reinstate them."""

    def __init__(self, *, queries: SupplierQueries, use_cases: Suppliers, orders: OrderQueries, duties: Duties) -> None:
        """Take the room's queries and use cases, what tells how suppliers' systems answer, and the duties in law."""
        self._queries = queries
        self._use_cases = use_cases
        self._orders = orders
        self._duties = duties

    async def listed(self, visit: Visit) -> Response:
        """Show the suppliers in a state, or all."""
        wanted = visit.asked(name="state")
        state = SupplierState(wanted) if wanted in set(SupplierState) else None
        after = visit.asked(name="after")
        listed = await self._queries.listed(state=state, after=after or None, limit=_ROWS)
        counts = await self._queries.counts()
        page = suppliers_page(listed=listed, counts=counts, state=state, after=after)
        return visit.page(template="suppliers", here="suppliers", page=page)

    async def detail(self, visit: Visit) -> Response:
        """Show one supplier."""
        return await self.shown(visit)

    async def suspend(self, visit: Visit) -> Response:
        """Suspend a supplier for the reason given."""
        supplier_id = visit.path(name="supplier_id")
        try:
            await self._use_cases.suspend(supplier_id=supplier_id, reason=reason_of(visit), context=visit.context)
        except OpenAisleError as error:
            return await self.shown(visit, problem=error, problem_at=STANDING)
        return visit.sent_on(href=done_href(supplier_id=supplier_id, done="suspended"))

    async def reinstate(self, visit: Visit) -> Response:
        """Reinstate a suspended supplier for the reason given."""
        supplier_id = visit.path(name="supplier_id")
        try:
            await self._use_cases.reinstate(supplier_id=supplier_id, reason=reason_of(visit), context=visit.context)
        except OpenAisleError as error:
            return await self.shown(visit, problem=error, problem_at=STANDING)
        return visit.sent_on(href=done_href(supplier_id=supplier_id, done="reinstated"))

    async def shown(
        self,
        visit: Visit,
        *,
        problem: OpenAisleError | None = None,
        problem_at: str = "",
        revealed: Revealed | None = None,
    ) -> Response:
        """Show one supplier; a problem stands in the form it is about, whose words are kept."""
        supplier_id = visit.path(name="supplier_id")
        view = await self._queries.supplier(supplier_id=supplier_id, at=visit.now)
        breaker = await self._orders.supplier_health(supplier_id=supplier_id)
        duties = await self._duties.duties(supplier_id=supplier_id, at=visit.now)
        terms = await self._queries.shipping_terms(supplier_id=supplier_id, at=visit.now)
        life = life_page(
            view=view,
            today=visit.now.date(),
            may_download=Permission.SUPPLIERS_CHANGE in visit.session.principal.permissions,
            may_remove=view.state in BEFORE_VERIFICATION,
            revealed=revealed,
        )
        return visit.page(
            template="supplier",
            here="suppliers",
            page=supplier_page(view=view, breaker=breaker),
            problem=problem,
            more={
                "duties": duties,
                "life": life,
                "problem_at": problem_at,
                "shipping": shipping_terms_card(terms=terms),
            },
        )


def reason_of(visit: Visit) -> str:
    """Return the reason of a form; raises FieldMissing."""
    return visit.required(name="reason", maximum=REASON_MAXIMUM)


def done_href(*, supplier_id: str, done: str) -> str:
    """Return where a form leads once it is done: to the top of the page, where that is said."""
    return f"{LIST_HREF}/{supplier_id}?done={done}#content"
