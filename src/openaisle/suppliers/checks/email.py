"""The e-mail address can receive mail by its form, is no throw-away one, and fits the website."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from email_validator import EmailNotValidError, validate_email

from openaisle.suppliers.checks.check import CheckContext
from openaisle.suppliers.facts import SupplierFacts
from openaisle.suppliers.mailboxes import DISPOSABLE_DOMAINS, FREE_MAIL_DOMAINS, belongs_to, same_owner
from openaisle.suppliers.policy import Lists
from openaisle.suppliers.verification import CheckFinding, CheckResult, Outcome, Severity, found, passed
from openaisle.suppliers.websites import website_host, website_parts


class EmailCheck:
    """Fails an address that no mail can reach by its form, or of a throw-away mailbox; nothing is looked up."""

    name: ClassVar[str] = "email"
    timeout_seconds: ClassVar[float] = 5.0

    async def examine(self, *, facts: SupplierFacts, context: CheckContext) -> CheckResult:
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
        domain = (valid.ascii_domain or valid.domain).lower()
        evidence["domain"] = domain
        lists = context.policy.lists
        if belongs_to(domain=domain, domains=DISPOSABLE_DOMAINS.union(lists.disposable_domains)):
            return self._disposable(domain=domain, evidence=evidence)
        noted = list(_noted(facts=facts, domain=domain, lists=lists))
        if noted:
            return found(check=self.name, outcome=Outcome.PASS, findings=noted, evidence=evidence)
        return passed(check=self.name, evidence=evidence)

    def _disposable(self, *, domain: str, evidence: dict[str, str]) -> CheckResult:
        finding = CheckFinding(
            field="email",
            code="email-disposable",
            severity=Severity.ERROR,
            message=f"{domain} gives mailboxes that are thrown away.",
            suggestion="Give an address that the company keeps.",
        )
        return found(check=self.name, outcome=Outcome.FAIL, findings=[finding], evidence=evidence)


def _noted(*, facts: SupplierFacts, domain: str, lists: Lists) -> Iterator[CheckFinding]:
    if belongs_to(domain=domain, domains=FREE_MAIL_DOMAINS.union(lists.free_mail_domains)):
        yield CheckFinding(
            field="email",
            code="email-of-a-free-service",
            severity=Severity.INFO,
            message=f"{domain} gives a mailbox to anybody, so that it says nothing about the company.",
        )
        return
    parts = website_parts(text=facts.website) if facts.website is not None else None
    host = website_host(parts=parts) if parts is not None else None
    if host is not None and not same_owner(domain=domain, host=host):
        yield CheckFinding(
            field="email",
            code="email-domain-differs",
            severity=Severity.INFO,
            message=f"The mailbox is at {domain}, the website at {host}.",
            suggestion="Write to the mailbox, and to the one that the website names.",
        )
