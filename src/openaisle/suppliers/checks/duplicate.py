"""No other active supplier has the same registration number, tax id or bank account."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from openaisle.suppliers.checks.check import CheckContext
from openaisle.suppliers.claims import ClaimHolders, claims_of, field_of_claim
from openaisle.suppliers.facts import SupplierFacts
from openaisle.suppliers.verification import CheckFinding, CheckResult, Outcome, Severity, found, passed

DUPLICATE = "duplicate"


class DuplicateCheck:
    """Fails a supplier whose number another one holds; who that is only the operator sees."""

    name: ClassVar[str] = DUPLICATE
    timeout_seconds: ClassVar[float] = 5.0

    def __init__(self, *, claim_holders: ClaimHolders) -> None:
        """Take what tells who holds a number."""
        self._claim_holders = claim_holders

    async def examine(self, *, facts: SupplierFacts, context: CheckContext) -> CheckResult:
        """Return what the check found."""
        claims = claims_of(facts=facts, tax_id_fingerprint=context.tax_id_fingerprint, sealed=context.sealed)
        holders = await self._claim_holders.holders(claims=claims)
        return duplicate_result(supplier_id=context.supplier_id, claims=claims, holders=holders)


def duplicate_result(*, supplier_id: str, claims: Sequence[str], holders: Sequence[str | None]) -> CheckResult:
    """Return what follows from who holds the supplier's claims; pure, since the commit of a verdict asks it again."""
    findings: list[CheckFinding] = []
    evidence: dict[str, str] = {}
    for claim, holder in zip(claims, holders, strict=True):
        field = field_of_claim(claim=claim)
        if holder is None or holder == supplier_id:
            continue
        evidence[field] = holder
        findings.append(
            CheckFinding(
                field=field,
                code=f"{field.replace('_', '-')}-held-by-another",
                severity=Severity.ERROR,
                message=f"Another supplier has the same {field.replace('_', ' ')}.",
                suggestion="Find out which of the two is the owner of the number.",
            )
        )
    if not findings:
        fields = sorted({field_of_claim(claim=claim) for claim in claims})
        return passed(check=DUPLICATE, evidence={"compared": ", ".join(fields)})
    return found(check=DUPLICATE, outcome=Outcome.FAIL, findings=findings, evidence=evidence, confidential=True)
