"""What review tasks are about: suppliers, product submissions, and products that may be one."""

from __future__ import annotations

from datetime import datetime

import msgspec

from openaisle.catalog.model import ProductUnknown, SubmissionUnknown
from openaisle.catalog.queries import CatalogQueries
from openaisle.entrypoints.console.views.reviews import Subject
from openaisle.entrypoints.console.views.suppliers import editable_facts
from openaisle.suppliers.facts import TAX_ID
from openaisle.suppliers.queries import SupplierQueries

# A mapping and the key of the offer: neither is a single fact that a reviewer could correct in a form.
_NOT_EDITABLE = frozenset({"attributes", "supplier_sku"})


class SupplierSubjects:
    """Suppliers under review."""

    def __init__(self, *, queries: SupplierQueries) -> None:
        """Take the queries of suppliers."""
        self._queries = queries

    async def subject(self, *, subject_id: str, at: datetime) -> Subject:
        """Return the supplier with its facts, the tax id masked; raises SupplierMissing."""
        view = await self._queries.supplier(supplier_id=subject_id, at=at)
        return Subject(
            name=view.doing_business_as or view.legal_name,
            href=f"/console/suppliers/{subject_id}",
            facts=editable_facts(view=view),
            masked=frozenset({TAX_ID}),
        )

    async def name(self, *, subject_id: str, at: datetime) -> str:
        """Return the supplier's name."""
        standing = await self._queries.standing(supplier_id=subject_id, at=at)
        return standing.name if standing is not None else subject_id


class SubmissionSubjects:
    """Product submissions under review."""

    def __init__(self, *, queries: CatalogQueries) -> None:
        """Take the queries of the catalog."""
        self._queries = queries

    async def subject(self, *, subject_id: str, at: datetime) -> Subject:  # noqa: ARG002 - the port's signature
        """Return the submission with its facts; raises SubmissionUnknown."""
        submission = (await self._queries.submission(scope=None, submission_id=subject_id)).record
        facts = msgspec.structs.asdict(submission.facts)
        return Subject(
            name=submission.facts.title or submission.facts.supplier_sku or subject_id,
            href=f"/console/products/{submission.product_id}" if submission.product_id else None,
            facts={name: value for name, value in facts.items() if name not in _NOT_EDITABLE},
        )

    async def name(self, *, subject_id: str, at: datetime) -> str:
        """Return the title that was submitted."""
        try:
            return (await self.subject(subject_id=subject_id, at=at)).name
        except SubmissionUnknown:
            return subject_id


class TwinSubjects:
    """Two products that may be one; the subject's identifier names both, joined by a plus sign."""

    def __init__(self, *, queries: CatalogQueries) -> None:
        """Take the queries of the catalog."""
        self._queries = queries

    async def subject(self, *, subject_id: str, at: datetime) -> Subject:  # noqa: ARG002 - the port's signature
        """Return the pair by its titles, with the way to the first; raises ProductUnknown."""
        first, _, second = subject_id.partition("+")
        joined = (await self._queries.product(product_id=first)).record
        kept = (await self._queries.product(product_id=second)).record
        return Subject(
            name=f"{joined.title} = {kept.title}?",
            href=f"/console/products/{joined.product_id}",
            # Correcting it names another product that the first one is the same as.
            facts={"product_id": kept.product_id},
        )

    async def name(self, *, subject_id: str, at: datetime) -> str:
        """Return both titles."""
        try:
            return (await self.subject(subject_id=subject_id, at=at)).name
        except ProductUnknown:
            return subject_id
