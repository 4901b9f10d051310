"""Which facts an application must tell, of whom, and what a supplier reads where one is missing. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated

import msgspec

from openaisle.suppliers.facts import TAX_ID, BusinessModel
from openaisle.suppliers.policy import told


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
    Section.CONTACTS: ("email", "phone", "contacts", "language"),
    Section.PEOPLE: ("people",),
    Section.RETURNS: ("return_address", "return_policy"),
    Section.BRANDS: ("brands", "certifications"),
    Section.AGREEMENT: ("terms_version",),
    Section.DOCUMENTS: (),
}

# What a requirement may ask for in a section, where it is not simply the section's fields. Documents are asked for by
# their kinds, elsewhere in the policy.
_ASKED_FOR: Mapping[Section, tuple[str, ...]] = {
    Section.ADDRESS: ("address.street_lines", "address.city", "address.postal_code", "address.region"),
    Section.AGREEMENT: ("agreement",),
}


class Requirement(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A fact that suppliers of some countries or business models are asked for; empty means every one."""

    section: Annotated[Section, told("The step of the application that the fact belongs to.")]
    field: Annotated[str, told("The fact, by its name or path.")]
    message: Annotated[str, told("What the supplier reads where the fact is missing.", min_length=1, max_length=200)]
    needed: Annotated[
        bool, told("Whether the application cannot be handed in without it; others may be told later.")
    ] = True
    countries: Annotated[tuple[str, ...], told("Of suppliers of which countries (ISO 3166); empty means all.")] = ()
    business_models: Annotated[
        tuple[BusinessModel, ...], told("Of suppliers of which business models; empty means all.")
    ] = ()

    def concerns(self, *, country: str, business_model: BusinessModel) -> bool:
        """Return whether a supplier of this country and business model is asked for it."""
        return (not self.countries or country in self.countries) and (
            not self.business_models or business_model in self.business_models
        )


def facts_of_section(*, section: Section) -> tuple[str, ...]:
    """Return the facts that a requirement may ask for in a section."""
    return _ASKED_FOR.get(section, SECTION_FIELDS[section])


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
