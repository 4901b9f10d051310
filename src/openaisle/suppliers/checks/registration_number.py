"""The registration number has the form and the check digits of a register of its country."""

from __future__ import annotations

from typing import ClassVar

from openaisle.suppliers.checks.check import CheckContext
from openaisle.suppliers.countries import country_name, is_country_code
from openaisle.suppliers.facts import SupplierFacts
from openaisle.suppliers.schemes import reason_against, recognized, recognized_elsewhere, registration_schemes
from openaisle.suppliers.verification import CheckFinding, CheckResult, Outcome, Severity, found, passed

_FIELD = "registration_number"


class RegistrationNumberCheck:
    """Passes a number that fits one of its country's schemes; inconclusive where no scheme is known."""

    name: ClassVar[str] = "registration_number"
    timeout_seconds: ClassVar[float] = 5.0

    async def examine(self, *, facts: SupplierFacts, context: CheckContext) -> CheckResult:  # noqa: ARG002
        """Return what the check found."""
        number, country = facts.registration_number, facts.country
        schemes = registration_schemes(country=country)
        evidence = {"number": number, "country": country, "schemes": ", ".join(scheme.name for scheme in schemes)}
        if not schemes:
            return self._unknown_scheme(country=country, evidence=evidence)
        recognition = recognized(schemes=schemes, number=number)
        if recognition is not None:
            return passed(check=self.name, evidence={**evidence, "recognized_as": recognition.scheme.label})
        labels = " or ".join(scheme.label for scheme in schemes)
        elsewhere = recognized_elsewhere(country=country, number=number)
        if elsewhere:
            evidence["fits_in"] = ", ".join(f"{other} ({one.scheme.label})" for other, one in elsewhere.items())
        finding = CheckFinding(
            field=_FIELD,
            code="registration-number-invalid",
            severity=Severity.ERROR,
            message=f"{number!r} is no {labels}: {reason_against(scheme=schemes[0], number=number)}.",
            suggestion=f"It fits {evidence['fits_in']}: perhaps the country is wrong."
            if elsewhere
            else "Copy the number from the register's own extract.",
        )
        return found(check=self.name, outcome=Outcome.FAIL, findings=[finding], evidence=evidence)

    def _unknown_scheme(self, *, country: str, evidence: dict[str, str]) -> CheckResult:
        told = country_name(code=country) if is_country_code(text=country) else "this country"
        finding = CheckFinding(
            field=_FIELD,
            code="registration-scheme-unknown",
            severity=Severity.INFO,
            message=f"How registration numbers of {told} are built is not known here.",
            suggestion="Compare the number with the register by hand if it matters.",
        )
        return found(check=self.name, outcome=Outcome.INCONCLUSIVE, findings=[finding], evidence=evidence)
