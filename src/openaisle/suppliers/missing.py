"""What an application still lacks, by the operator's requirements. Pure; no I/O, no clock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum

import msgspec

from openaisle.kernel.errors import Finding, RequestInvalid
from openaisle.suppliers.dossier import SupplierDocument
from openaisle.suppliers.facts import TAX_ID, BusinessModel, fact_texts
from openaisle.suppliers.model import Supplier
from openaisle.suppliers.verification import VerificationPolicy


class Section(StrEnum):
    """The steps of an application."""

    COMPANY = "company"
    ADDRESS = "address"
    TAX = "tax"
    BANK = "bank"
    CONTACTS = "contacts"
    PEOPLE = "people"
    RETURNS = "returns"
    BRANDS = "brands"
    AGREEMENT = "agreement"
    DOCUMENTS = "documents"


SECTION_FIELDS: Mapping[Section, tuple[str, ...]] = {
    Section.COMPANY: (
        "legal_name",
        "doing_business_as",
        "country",
        "registration_number",
        "register_name",
        "lei",
        "legal_form",
        "business_model",
        "website",
    ),
    Section.ADDRESS: ("address",),
    Section.TAX: (TAX_ID, "tax_ids"),
    Section.BANK: ("bank_account",),
    Section.CONTACTS: ("email", "phone", "contacts"),
    Section.PEOPLE: ("people",),
    Section.RETURNS: ("return_address", "return_policy"),
    Section.BRANDS: ("brands", "certifications"),
    Section.AGREEMENT: ("terms_version",),
    Section.DOCUMENTS: (),
}


class Requirement(msgspec.Struct, frozen=True, kw_only=True):
    """A fact that suppliers of some countries or business models are asked for; empty means every one.

    One that is ``needed`` holds an application back; the others may be told later.
    """

    section: Section
    field: str
    message: str
    needed: bool = True
    countries: tuple[str, ...] = ()
    business_models: tuple[BusinessModel, ...] = ()


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


_MARKETPLACE = (BusinessModel.MARKETPLACE,)

STANDARD_REQUIREMENTS: tuple[Requirement, ...] = (
    Requirement(section=Section.COMPANY, field="legal_name", message="The name in the register."),
    Requirement(section=Section.COMPANY, field="country", message="The country of the seat."),
    Requirement(section=Section.COMPANY, field="registration_number", message="The number in the register."),
    Requirement(section=Section.ADDRESS, field="address.street_lines", message="Street and house number."),
    Requirement(section=Section.ADDRESS, field="address.city", message="The city."),
    Requirement(section=Section.ADDRESS, field="address.postal_code", message="The postal code."),
    Requirement(section=Section.CONTACTS, field="email", message="An e-mail address that is read."),
    Requirement(section=Section.CONTACTS, field="phone", message="A telephone number."),
    Requirement(section=Section.AGREEMENT, field="agreement", message="The agreement to the terms."),
    Requirement(section=Section.TAX, field=TAX_ID, message="The tax id.", needed=False),
    Requirement(section=Section.BANK, field="bank_account", message="Where payouts go.", needed=False),
    Requirement(section=Section.PEOPLE, field="people", message="Who represents and who owns it.", needed=False),
    Requirement(
        section=Section.RETURNS,
        field="return_address",
        message="Where shoppers send goods back.",
        needed=False,
        business_models=_MARKETPLACE,
    ),
    Requirement(
        section=Section.RETURNS,
        field="return_policy",
        message="What shoppers may send back, and until when.",
        needed=False,
        business_models=_MARKETPLACE,
    ),
)


def missing_of(
    *,
    supplier: Supplier,
    documents: Sequence[SupplierDocument],
    requirements: Sequence[Requirement],
    policy: VerificationPolicy,
) -> tuple[Missing, ...]:
    """Return what a supplier has not told yet, what is needed first."""
    facts = supplier.facts
    told = _told(supplier)
    lacking = [
        Missing(section=one.section, field=one.field, message=one.message, needed=one.needed)
        for one in requirements
        if one.field not in told
        and (not one.countries or facts.country in one.countries)
        and (not one.business_models or facts.business_model in one.business_models)
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
