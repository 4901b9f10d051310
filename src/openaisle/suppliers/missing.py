"""What an application still lacks, by the operator's requirements. Pure; no I/O, no clock."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from openaisle.kernel.errors import Finding, RequestInvalid
from openaisle.suppliers.dossier import SupplierDocument
from openaisle.suppliers.facts import TAX_ID, fact_texts
from openaisle.suppliers.model import Supplier
from openaisle.suppliers.requirements import Section
from openaisle.suppliers.verification import VerificationPolicy


class Missing(msgspec.Struct, frozen=True, kw_only=True):
    """Something that an application lacks; ``needed`` is what must come before it is handed in."""

    section: Section
    field: str
    message: str
    needed: bool


class ApplicationIncomplete(RequestInvalid):
    """An application was handed in that still lacks what is needed."""

    code = "application-incomplete"
    title = "The application is not complete"
    mend = "Tell what findings names; GET .../missing lists it at any time."


def missing_of(
    *,
    supplier: Supplier,
    documents: Sequence[SupplierDocument],
    policy: VerificationPolicy,
) -> tuple[Missing, ...]:
    """Return what a supplier has not told yet, what is needed first."""
    facts = supplier.facts
    told = _told(supplier)
    asked = policy.requirements_of(country=facts.country, business_model=facts.business_model)
    lacking = [
        Missing(section=one.section, field=one.field, message=one.message, needed=one.needed)
        for one in asked
        if one.field not in told
    ]
    kinds = {document.kind.value for document in documents}
    lacking += [
        Missing(
            section=Section.DOCUMENTS,
            field=f"documents.{kind}",
            message=f"A document: {kind.replace('_', ' ')}.",
            needed=True,
        )
        for kind in policy.documents_of(country=facts.country, business_model=facts.business_model)
        if kind not in kinds
    ]
    return tuple(sorted(lacking, key=lambda one: not one.needed))


def require_complete(*, missing: Sequence[Missing]) -> None:
    """Raise ApplicationIncomplete if anything needed is missing."""
    findings = [Finding(pointer=f"/{one.field.replace('.', '/')}", detail=one.message) for one in missing if one.needed]
    if findings:
        raise ApplicationIncomplete(detail=f"{len(findings)} things are missing.", findings=findings)


def _told(supplier: Supplier) -> set[str]:
    told = {field for field, text in fact_texts(facts=supplier.facts).items() if text}
    # A part of the dossier is told if anything of it is.
    told |= {field.partition(".")[0] for field in told if not field.startswith("address.")}
    if supplier.tax_id is not None:
        told.add(TAX_ID)
    if supplier.sealed is not None:
        told |= {"tax_ids"} if supplier.sealed.tax_ids else set()
        told |= {"bank_account"} if supplier.sealed.bank_account is not None else set()
    return told
