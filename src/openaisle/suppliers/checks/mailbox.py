"""Somebody has opened the link that was sent to the e-mail address."""

from __future__ import annotations

from typing import ClassVar

from openaisle.suppliers.checks.check import CheckContext
from openaisle.suppliers.facts import SupplierFacts
from openaisle.suppliers.mailbox import MAILBOX_NOT_CONFIRMED
from openaisle.suppliers.mailboxes import canonical_mailbox
from openaisle.suppliers.verification import Action, CheckFinding, CheckResult, Outcome, Severity, found, passed


class MailboxCheck:
    """Is inconclusive until the mailbox is confirmed; the policy says whether that is noted, asked, or reviewed."""

    name: ClassVar[str] = "mailbox"
    timeout_seconds: ClassVar[float] = 5.0

    async def examine(self, *, facts: SupplierFacts, context: CheckContext) -> CheckResult:
        """Return what the check found."""
        evidence = {"email": facts.email}
        confirmed = context.confirmed_mailbox
        if confirmed is not None and confirmed.email == canonical_mailbox(text=facts.email):
            return passed(check=self.name, evidence={**evidence, "confirmed_at": confirmed.at.isoformat()})
        policy = context.policy
        rule = policy.rule(check=self.name, country=facts.country, business_model=facts.business_model)
        # A policy that was written before there was this check goes on to mean what it meant.
        is_ruled = any(self.name in rules for rules in (policy.rules, *(one.rules for one in policy.exceptions)))
        # Where it is only noted, no reviewer has to look at it either.
        only_noted = not is_ruled or rule.on_inconclusive is Action.NOTE
        finding = CheckFinding(
            field="email",
            code=MAILBOX_NOT_CONFIRMED,
            severity=Severity.INFO if only_noted else Severity.WARNING,
            message="Nobody has confirmed the e-mail address yet by the link that was sent to it.",
            suggestion="Open the link in the mail, or ask for a new one in the supplier portal.",
        )
        return found(check=self.name, outcome=Outcome.INCONCLUSIVE, findings=[finding], evidence=evidence)
