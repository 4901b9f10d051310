"""The website's address has the form of a public one; it is not called."""

from __future__ import annotations

from typing import ClassVar

from openaisle.suppliers.checks.check import CheckContext
from openaisle.suppliers.facts import SupplierFacts
from openaisle.suppliers.verification import CheckFinding, CheckResult, Outcome, Severity, found, passed
from openaisle.suppliers.websites import reason_against_host, website_host, website_parts

_FIELD = "website"


class WebsiteCheck:
    """Fails an address that is not https, carries a password, or leads to a bare or private address."""

    name: ClassVar[str] = "website"
    timeout_seconds: ClassVar[float] = 5.0

    async def examine(self, *, facts: SupplierFacts, context: CheckContext) -> CheckResult:  # noqa: ARG002
        """Return what the check found."""
        if facts.website is None:
            finding = CheckFinding(
                field=_FIELD, code="website-missing", severity=Severity.INFO, message="No website was given."
            )
            return found(check=self.name, outcome=Outcome.INCONCLUSIVE, findings=[finding], evidence={})
        evidence = {_FIELD: facts.website}
        reason, host = _reason_against(facts.website)
        if reason is None:
            return passed(check=self.name, evidence={**evidence, "host": host})
        finding = CheckFinding(
            field=_FIELD,
            code="website-malformed",
            severity=Severity.ERROR,
            message=f"The address cannot be a public website's: {reason}.",
            suggestion="Give the address of the front page, such as https://www.company.example.",
        )
        return found(check=self.name, outcome=Outcome.FAIL, findings=[finding], evidence=evidence)


def _reason_against(text: str) -> tuple[str | None, str]:
    parts = website_parts(text=text)
    if parts is None or parts.scheme != "https":
        return "it is no https address", ""
    host = website_host(parts=parts)
    if host is None:
        return "it names no host", ""
    if parts.username is not None or parts.password is not None:
        return "it carries a name or password", host
    return reason_against_host(host=host), host
