"""The address fits its country: the postal code's form, the state it lies in, and a city that is a name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar

from openaisle.suppliers import brazil
from openaisle.suppliers.checks.check import CheckContext
from openaisle.suppliers.countries import country_name, postal_code_fits, state_codes
from openaisle.suppliers.facts import SupplierFacts
from openaisle.suppliers.verification import CheckFinding, CheckResult, Outcome, Severity, found, passed

_CITY = "address.city"
_REGION = "address.region"
_POSTAL_CODE = "address.postal_code"
_STATES_WITH_CODES = frozenset({"AU", "CA", "US"})
_DOUBTFUL_IN_CITY = re.compile(r"[/\\()\[\]{}<>;:_*#@|]")


class AddressCheck:
    """Fails a postal code of the wrong form; what is doubtful about city or region is inconclusive."""

    name: ClassVar[str] = "address"
    timeout_seconds: ClassVar[float] = 5.0

    async def examine(self, *, facts: SupplierFacts, context: CheckContext) -> CheckResult:  # noqa: ARG002
        """Return what the check found."""
        address = facts.address
        country = address.country or facts.country
        evidence = {
            "country": country,
            "postal_code": address.postal_code,
            "city": address.city,
            "region": address.region or "",
        }
        findings = [
            *_postal_code(country=country, postal_code=address.postal_code),
            *_city(city=address.city),
        ]
        if country == brazil.COUNTRY:
            state = brazil.state_of_postal_code(postal_code=address.postal_code)
            evidence["state_of_postal_code"] = state or ""
            findings += _brazilian(facts=facts, state_of_postal_code=state)
        findings += _state(country=country, region=address.region)
        if not findings:
            return passed(check=self.name, evidence=evidence)
        wrong = any(finding.severity is Severity.ERROR for finding in findings)
        outcome = Outcome.FAIL if wrong else Outcome.INCONCLUSIVE
        return found(check=self.name, outcome=outcome, findings=findings, evidence=evidence)


def _postal_code(*, country: str, postal_code: str) -> Iterator[CheckFinding]:
    fits = postal_code_fits(country=country, postal_code=postal_code)
    if fits is False:
        yield CheckFinding(
            field=_POSTAL_CODE,
            code="postal-code-malformed",
            severity=Severity.ERROR,
            message=f"{postal_code!r} has not the form of postal codes of {country_name(code=country)}.",
            suggestion="Copy it from a letter or the postal operator's website.",
        )
    elif fits is None:
        yield CheckFinding(
            field=_POSTAL_CODE,
            code="postal-code-form-unknown",
            severity=Severity.INFO,
            message="The form of postal codes of this country is not known here.",
        )


def _city(*, city: str) -> Iterator[CheckFinding]:
    if "@" in city:
        yield _doubt(_CITY, "city-is-an-email", f"{city!r} is an e-mail address, not a city.")
    elif not any(character.isalpha() for character in city):
        yield _doubt(_CITY, "city-without-letters", f"{city!r} holds no letters.")
    elif _DOUBTFUL_IN_CITY.search(city):
        yield _doubt(_CITY, "city-holds-more", f"{city!r} seems to hold more than the name of a city.")


def _state(*, country: str, region: str | None) -> Iterator[CheckFinding]:
    if country not in _STATES_WITH_CODES:
        return
    if region is None:
        told = f"An address in {country_name(code=country)} names its state or province."
        yield CheckFinding(field=_REGION, code="region-missing", severity=Severity.INFO, message=told)
    elif region not in state_codes(country=country).values():
        yield _doubt(_REGION, "region-unknown", f"{region!r} is no state or province of {country_name(code=country)}.")


def _brazilian(*, facts: SupplierFacts, state_of_postal_code: str | None) -> Iterator[CheckFinding]:
    address = facts.address
    region = address.region
    if region is not None and region not in brazil.STATES:
        yield _doubt(_REGION, "region-unknown", f"{region!r} is no state of Brazil.")
    elif state_of_postal_code is None:
        yield _doubt(_POSTAL_CODE, "postal-code-unassigned", f"{address.postal_code} lies in no state of Brazil.")
    elif region is not None and region != state_of_postal_code:
        yield _doubt(
            _REGION,
            "region-and-postal-code-differ",
            f"The postal code {address.postal_code} lies in {state_of_postal_code}, not in {region}.",
        )
    if any(character.isdigit() for character in address.city) and any(map(str.isalpha, address.city)):
        yield _doubt(_CITY, "city-holds-digits", f"{address.city!r} holds digits.")
    likely = brazil.city_reading(city=address.city, state=region).likely
    if likely is not None:
        yield _doubt(_CITY, "city-abbreviated", f"{address.city!r} seems to stand for {likely!r}.")


def _doubt(field: str, code: str, message: str) -> CheckFinding:
    return CheckFinding(
        field=field,
        code=code,
        severity=Severity.WARNING,
        message=message,
        suggestion="Compare city, state and postal code with the register's extract.",
    )
