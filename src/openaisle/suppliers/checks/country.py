"""The country is one, and known by its code: most other checks go by it."""

from __future__ import annotations

from typing import ClassVar

from openaisle.suppliers.checks.check import CheckContext
from openaisle.suppliers.countries import is_country_code, similar_country
from openaisle.suppliers.facts import SupplierFacts
from openaisle.suppliers.verification import CheckFinding, CheckResult, Outcome, Severity, found, passed


class CountryCheck:
    """Fails if the country, or that of the address, is no ISO 3166 code after correction."""

    name: ClassVar[str] = "country"
    timeout_seconds: ClassVar[float] = 5.0

    async def examine(self, *, facts: SupplierFacts, context: CheckContext) -> CheckResult:  # noqa: ARG002
        """Return what the check found."""
        given = {"country": facts.country}
        if facts.address.country is not None:
            given["address.country"] = facts.address.country
        findings = [_unknown(field=field, text=text) for field, text in given.items() if not is_country_code(text=text)]
        if findings:
            return found(check=self.name, outcome=Outcome.FAIL, findings=findings, evidence=given)
        return passed(check=self.name, evidence=given)


def _unknown(*, field: str, text: str) -> CheckFinding:
    similar = similar_country(text=text)
    return CheckFinding(
        field=field,
        code="country-unknown",
        severity=Severity.ERROR,
        message=f"{text!r} is no country.",
        suggestion=f"Perhaps {similar} is meant." if similar else "Give the two letters of ISO 3166, such as BR.",
    )
