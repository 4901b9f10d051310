"""The portal's page of shipping terms: where a supplier ships to, how long it takes, and when it works."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from openaisle.entrypoints.console.forms import FormLimits
from openaisle.entrypoints.console.views.shipping_terms import shipping_terms_card
from openaisle.entrypoints.portal.door import PortalDoor, PortalVisit
from openaisle.entrypoints.portal.fields import STEPS
from openaisle.entrypoints.portal.shipping_terms_form import (
    ROWS_MAXIMUM,
    WEEKDAYS,
    fields_of,
    mistakes_of,
    rows_of,
    stated_terms,
)
from openaisle.kernel.errors import OpenAisleError
from openaisle.suppliers.queries import SupplierQueries
from openaisle.suppliers.shipping_terms import ShippingTerms, ShippingTermsInvalid, ShippingTermsMissing
from openaisle.suppliers.shipping_terms_routes import terms_of
from openaisle.suppliers.shipping_terms_use_cases import SupplierShippingTerms

if TYPE_CHECKING:
    from openaisle.bootstrap import Rooms

SHIPPING_TERMS_HREF = "/portal/shipping-terms"
# Fifty zones may name five hundred postal prefixes each.
_WIDE_FORM = FormLimits(maximum_bytes=1_000_000, maximum_fields=1_000)


class ShippingTermsPage:
    """A supplier's own shipping terms, read and stated."""

    def __init__(self, *, shipping_terms: SupplierShippingTerms, suppliers: SupplierQueries) -> None:
        """Take the use cases, and what tells of the supplier."""
        self._shipping_terms = shipping_terms
        self._suppliers = suppliers

    async def show(self, visit: PortalVisit) -> Response:
        """Show the terms as they are kept, or the form with what holds without any."""
        terms = await self._kept(visit)
        fields = fields_of(terms=terms or ShippingTerms(supplier_id=visit.session.supplier_id))
        return await self._shown(visit, terms=terms, fields=fields)

    async def state(self, visit: PortalVisit) -> Response:
        """State the terms that the form says; with mistakes nothing is kept, and each stands beside its field."""
        stated = stated_terms(fields=visit.form)
        mistakes = stated.mistakes
        problem: OpenAisleError = ShippingTermsInvalid(detail="Each mistake stands beside its field; nothing is kept.")
        if stated.body is not None:
            terms = terms_of(body=stated.body, supplier_id=visit.session.supplier_id)
            try:
                await self._shipping_terms.state(terms=terms, context=visit.context)
            except ShippingTermsInvalid as refused:
                mistakes = mistakes_of(refused=refused)
            except OpenAisleError as refused:
                problem = refused
            else:
                return RedirectResponse(f"{SHIPPING_TERMS_HREF}?done=saved", status_code=303)
        return await self._shown(
            visit, terms=await self._kept(visit), fields=visit.form, mistakes=mistakes, problem=problem
        )

    async def _kept(self, visit: PortalVisit) -> ShippingTerms | None:
        try:
            return await self._shipping_terms.terms(supplier_id=visit.session.supplier_id)
        except ShippingTermsMissing:
            return None

    async def _shown(
        self,
        visit: PortalVisit,
        *,
        terms: ShippingTerms | None,
        fields: Mapping[str, str],
        mistakes: Mapping[str, str] | None = None,
        problem: OpenAisleError | None = None,
    ) -> Response:
        return visit.page(
            template="portal_shipping_terms",
            problem=problem,
            view=await self._suppliers.own(scope=visit.scope, at=visit.now),
            steps=STEPS,
            shipping=shipping_terms_card(terms=terms),
            fields=fields,
            mistakes=mistakes or {},
            rows={kind: rows_of(fields=fields, kind=kind) for kind in ROWS_MAXIMUM},
            weekdays=WEEKDAYS,
        )


def shipping_terms_routes(*, door: PortalDoor, rooms: Rooms) -> list[Route]:
    """Return the routes of the page."""
    page = ShippingTermsPage(shipping_terms=rooms.supplier_shipping_terms, suppliers=rooms.supplier_queries)
    return [
        Route("/shipping-terms", door.page(page.show), methods=["GET"]),
        Route("/shipping-terms", door.form(page.state, limits=_WIDE_FORM), methods=["POST"]),
    ]
