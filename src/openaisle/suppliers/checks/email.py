"""The e-mail address has the form of one that can receive mail; nothing is sent or looked up."""

from __future__ import annotations

from typing import ClassVar

from email_validator import EmailNotValidError, validate_email

from openaisle.suppliers.checks.check import CheckContext
from openaisle.suppliers.facts import SupplierFacts
from openaisle.suppliers.verification import CheckFinding, CheckResult, Outcome, Severity, found, passed


class EmailCheck:
    """Fails an address that no mail can reach because of its form."""

    name: ClassVar[str] = "email"
    timeout_seconds: ClassVar[float] = 5.0

    async def examine(self, *, facts: SupplierFacts, context: CheckContext) -> CheckResult:  # noqa: ARG002
        """Return what the check found."""
        evidence = {"email": facts.email}
        try:
            valid = validate_email(facts.email, check_deliverability=False, strict=True)
        except EmailNotValidError as error:
            finding = CheckFinding(
                field="email",
                code="email-malformed",
                severity=Severity.ERROR,
                message=str(error),
                suggestion="Give an address such as contact@company.example.",
            )
            return found(check=self.name, outcome=Outcome.FAIL, findings=[finding], evidence=evidence)
        return passed(check=self.name, evidence={**evidence, "domain": valid.ascii_domain or valid.domain})
