"""No other supplier that trades has a legal name that is all but the same."""

from __future__ import annotations

from typing import ClassVar

from openaisle.suppliers.checks.check import CheckContext
from openaisle.suppliers.facts import SupplierFacts
from openaisle.suppliers.name_index import SimilarNames
from openaisle.suppliers.verification import CheckFinding, CheckResult, Outcome, Severity, found, passed


class SimilarNameCheck:
    """Inconclusive where names are alike: it may be the same company twice, or one that wants to be taken for it."""

    name: ClassVar[str] = "similar_name"
    timeout_seconds: ClassVar[float] = 10.0

    def __init__(self, *, names: SimilarNames) -> None:
        """Take what tells whose names are alike."""
        self._names = names

    async def examine(self, *, facts: SupplierFacts, context: CheckContext) -> CheckResult:
        """Return what the check found; who the others are only the operator sees."""
        minimum = context.policy.thresholds.similar_name
        similar = await self._names.similar(
            name=facts.legal_name,
            country=facts.country,
            minimum=minimum,
            except_supplier=context.supplier_id,
            at=context.at,
        )
        if not similar:
            return passed(check=self.name, evidence={"minimum": f"{minimum:g}"})
        finding = CheckFinding(
            field="legal_name",
            code="legal-name-similar",
            severity=Severity.WARNING,
            message="Another supplier of the same country has a legal name like this.",
            suggestion="Compare the register's extracts of both.",
        )
        evidence = {one.supplier_id: f"{one.legal_name} ({one.likeness:.0f} %)" for one in similar}
        return found(
            check=self.name,
            outcome=Outcome.INCONCLUSIVE,
            findings=[finding],
            evidence={"minimum": f"{minimum:g}", **evidence},
            confidential=True,
        )
