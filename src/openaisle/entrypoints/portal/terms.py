"""The portal's pages of terms: read them, agree, or end the contract before new ones apply."""

from __future__ import annotations

from starlette.responses import RedirectResponse, Response

from openaisle.entrypoints.portal.door import PortalVisit
from openaisle.entrypoints.portal.fields import STEPS
from openaisle.kernel.errors import OpenAisleError
from openaisle.suppliers.queries import SupplierQueries
from openaisle.suppliers.terms.queries import TermsQueries
from openaisle.suppliers.terms.use_cases import Terms

TERMS_HREF = "/portal/terms"
_REASON_MAXIMUM = 1_000
# What the day of effect brings, in words that a supplier reads before it.
_CONSEQUENCES = {
    "continue": "If you neither agree nor leave before that, your going on counts as agreement.",
    "suspend": "If you neither agree nor leave before that, you are suspended until you agree.",
    "ask": "If you neither agree nor leave before that, you sell on, and we ask you once more.",
}


class PortalTerms:
    """The list of terms with what may be answered, and one version with its wording."""

    def __init__(self, *, use_cases: Terms, queries: TermsQueries, suppliers: SupplierQueries) -> None:
        """Take the use cases and queries of terms, and what tells of the supplier."""
        self._use_cases = use_cases
        self._queries = queries
        self._suppliers = suppliers

    async def listed(self, visit: PortalVisit) -> Response:
        """Show all terms, the newest first."""
        return await self._shown(visit)

    async def agree(self, visit: PortalVisit) -> Response:
        """Agree to a version."""
        try:
            await self._use_cases.agree(
                supplier_id=visit.session.supplier_id, version=visit.path(name="version"), context=visit.context
            )
        except OpenAisleError as error:
            return await self._shown(visit, problem=error)
        return RedirectResponse(f"{TERMS_HREF}?done=agreed", status_code=303)

    async def leave(self, visit: PortalVisit) -> Response:
        """End the contract before a version applies."""
        try:
            await self._use_cases.leave(
                supplier_id=visit.session.supplier_id,
                version=visit.path(name="version"),
                reason=visit.form.get("reason", "").strip()[:_REASON_MAXIMUM],
                context=visit.context,
            )
        except OpenAisleError as error:
            return await self._shown(visit, problem=error)
        return RedirectResponse(f"{TERMS_HREF}?done=left", status_code=303)

    async def _shown(self, visit: PortalVisit, problem: OpenAisleError | None = None) -> Response:
        supplier_id = visit.session.supplier_id
        view = await self._suppliers.own(scope=visit.scope, at=visit.now)
        own = (await self._queries.of_supplier(supplier_id=supplier_id, at=visit.now)).terms
        # Of history only the names are shown; a wording stands beside what can still be answered or applies.
        texts = {
            one.terms.version: (await self._queries.one(version=one.terms.version)).text
            for one in own
            if one.can_agree or one.can_terminate or one is own[0]
        }
        return visit.page(
            template="portal_terms",
            problem=problem,
            view=view,
            steps=STEPS,
            terms=own,
            texts=texts,
            consequences=_CONSEQUENCES,
        )
