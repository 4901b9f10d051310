"""The checks that every installation has. A retailer's own follow the same protocol and are added beside them."""

from __future__ import annotations

from openaisle.suppliers.checks.address import AddressCheck
from openaisle.suppliers.checks.check import Check
from openaisle.suppliers.checks.country import CountryCheck
from openaisle.suppliers.checks.duplicate import DuplicateCheck
from openaisle.suppliers.checks.email import EmailCheck
from openaisle.suppliers.checks.phone import PhoneCheck
from openaisle.suppliers.checks.registration_number import RegistrationNumberCheck
from openaisle.suppliers.checks.tax_id import TaxIdCheck
from openaisle.suppliers.checks.website import WebsiteCheck
from openaisle.suppliers.claims import ClaimHolders


def standard_checks(*, claim_holders: ClaimHolders) -> tuple[Check, ...]:
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
    )
