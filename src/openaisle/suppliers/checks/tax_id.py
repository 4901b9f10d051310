"""The tax id has the form and the check digits of a tax office of its country."""

from __future__ import annotations

from typing import ClassVar

from openaisle.suppliers.checks.check import CheckContext
from openaisle.suppliers.facts import TAX_ID, SupplierFacts
from openaisle.suppliers.schemes import reason_against, recognized, tax_schemes
from openaisle.suppliers.tax_ids import masked
from openaisle.suppliers.verification import CheckFinding, CheckResult, Outcome, Severity, found, passed


class TaxIdCheck:
    """Passes a tax id that fits one of its country's schemes; its evidence shows the tax id masked."""

    name: ClassVar[str] = "tax_id"
    timeout_seconds: ClassVar[float] = 5.0

    async def examine(self, *, facts: SupplierFacts, context: CheckContext) -> CheckResult:
        """Return what the check found."""
        if context.tax_id is None:
            return self._inconclusive("tax-id-missing", "No tax id was given.", {"country": facts.country})
        schemes = tax_schemes(country=facts.country)
        evidence = {
            "tax_id": masked(text=context.tax_id),
            "country": facts.country,
            "schemes": ", ".join(scheme.name for scheme in schemes),
        }
        if not schemes:
            message = "How tax ids of this country are built is not known here."
            return self._inconclusive("tax-scheme-unknown", message, evidence)
        recognition = recognized(schemes=schemes, number=context.tax_id)
        if recognition is not None:
            return passed(check=self.name, evidence={**evidence, "recognized_as": recognition.scheme.label})
        labels = " or ".join(scheme.label for scheme in schemes)
        finding = CheckFinding(
            field=TAX_ID,
            code="tax-id-invalid",
            severity=Severity.ERROR,
            message=f"It is no {labels}: {reason_against(scheme=schemes[0], number=context.tax_id)}.",
            suggestion="Copy the tax id from a letter of the tax office.",
        )
        return found(check=self.name, outcome=Outcome.FAIL, findings=[finding], evidence=evidence)

    def _inconclusive(self, code: str, message: str, evidence: dict[str, str]) -> CheckResult:
        finding = CheckFinding(field=TAX_ID, code=code, severity=Severity.INFO, message=message)
        return found(check=self.name, outcome=Outcome.INCONCLUSIVE, findings=[finding], evidence=evidence)
