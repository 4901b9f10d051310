"""The telephone number can exist, and belongs to the supplier's country."""

from __future__ import annotations

from typing import ClassVar

from openaisle.suppliers.checks.check import CheckContext
from openaisle.suppliers.facts import SupplierFacts
from openaisle.suppliers.phones import phone_reading
from openaisle.suppliers.verification import CheckFinding, CheckResult, Outcome, Severity, found, passed


class PhoneCheck:
    """Fails a number that cannot exist; one of another country is noted."""

    name: ClassVar[str] = "phone"
    timeout_seconds: ClassVar[float] = 5.0

    async def examine(self, *, facts: SupplierFacts, context: CheckContext) -> CheckResult:  # noqa: ARG002
        """Return what the check found."""
        reading = phone_reading(text=facts.phone, country=facts.country)
        if reading is None or not reading.valid:
            finding = CheckFinding(
                field="phone",
                code="phone-invalid",
                severity=Severity.ERROR,
                message=f"{facts.phone!r} is no telephone number that can exist.",
                suggestion="Give it with the country's prefix, such as +55 11 91234-5678.",
            )
            return found(check=self.name, outcome=Outcome.FAIL, findings=[finding], evidence={"phone": facts.phone})
        evidence = {"phone": reading.international, "country": reading.country or "international"}
        if reading.country is not None and reading.country != facts.country:
            finding = CheckFinding(
                field="phone",
                code="phone-of-another-country",
                severity=Severity.INFO,
                message=f"The number belongs to {reading.country}, the supplier to {facts.country}.",
            )
            return found(check=self.name, outcome=Outcome.INCONCLUSIVE, findings=[finding], evidence=evidence)
        return passed(check=self.name, evidence=evidence)
