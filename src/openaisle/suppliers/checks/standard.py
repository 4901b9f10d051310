"""The checks that every installation has. A retailer's own follow the same protocol and are added beside them."""

from __future__ import annotations

from openaisle.suppliers.checks.address import AddressCheck
from openaisle.suppliers.checks.check import Check
from openaisle.suppliers.checks.country import CountryCheck
from openaisle.suppliers.checks.duplicate import DuplicateCheck
from openaisle.suppliers.checks.email import EmailCheck
from openaisle.suppliers.checks.legal_entity_identifier import LegalEntityIdentifierCheck
from openaisle.suppliers.checks.phone import PhoneCheck
from openaisle.suppliers.checks.registration_number import RegistrationNumberCheck
from openaisle.suppliers.checks.sanctions import SanctionsCheck
from openaisle.suppliers.checks.tax_id import TaxIdCheck
from openaisle.suppliers.checks.website import WebsiteCheck
from openaisle.suppliers.claims import ClaimHolders
from openaisle.suppliers.screening.screening import NameScreening


def standard_checks(*, claim_holders: ClaimHolders, screening: NameScreening) -> tuple[Check, ...]:
    """Return the standard checks, in the order in which their results are shown."""
    return (
        CountryCheck(),
        RegistrationNumberCheck(),
        TaxIdCheck(),
        EmailCheck(),
        PhoneCheck(),
        WebsiteCheck(),
        AddressCheck(),
        DuplicateCheck(claim_holders=claim_holders),
        SanctionsCheck(screening=screening),
        LegalEntityIdentifierCheck(screening=screening),
    )
