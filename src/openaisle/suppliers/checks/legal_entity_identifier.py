"""The LEI is one, and the register of LEIs knows it under the supplier's name and country."""

from __future__ import annotations

from typing import ClassVar

from openaisle.suppliers.checks.check import CheckContext
from openaisle.suppliers.facts import SupplierFacts
from openaisle.suppliers.screening.entries import ListedEntry, ListName
from openaisle.suppliers.screening.screening import SCORE_MINIMUM, NameScreening, names_likeness
from openaisle.suppliers.screening.sources import lei_is_valid
from openaisle.suppliers.verification import CheckFinding, CheckResult, Outcome, Severity, found, passed

_FIELD = "lei"
_LIST = ListName.GLEIF
_PROPOSED_MAXIMUM = 3


class LegalEntityIdentifierCheck:
    """Compares a stated LEI with its entry; without one, names the LEIs of the same name and country as evidence."""

    name: ClassVar[str] = "legal_entity_identifier"
    timeout_seconds: ClassVar[float] = 10.0

    def __init__(self, *, screening: NameScreening) -> None:
        """Take the screening, which knows the list of LEIs if one is loaded."""
        self._screening = screening

    async def examine(self, *, facts: SupplierFacts, context: CheckContext) -> CheckResult:  # noqa: ARG002
        """Return what the check found."""
        if facts.lei is None:
            return passed(check=self.name, evidence=await self._proposed(facts))
        text = facts.lei.replace(" ", "").upper()
        evidence = {"lei": text}
        if not lei_is_valid(text=text):
            return self._doubt(
                outcome=Outcome.FAIL,
                finding=CheckFinding(
                    field=_FIELD,
                    code="lei-invalid",
                    severity=Severity.ERROR,
                    message=f"{facts.lei!r} is no LEI: 20 letters and digits, the last two check digits (ISO 17442).",
                    suggestion="Copy the LEI from its issuer's confirmation, or leave it out.",
                ),
                evidence=evidence,
            )
        origin = await self._screening.origin(list_name=_LIST)
        if origin is None:
            return self._doubt(
                outcome=Outcome.INCONCLUSIVE,
                finding=CheckFinding(
                    field=_FIELD,
                    code="lei-list-not-loaded",
                    severity=Severity.INFO,
                    message="No list of LEIs is loaded; its check digits fit.",
                    suggestion="Load one: openaisle screening load FILE.",
                ),
                evidence=evidence,
            )
        evidence |= {"list_version": origin.version[:16], "list_loaded_at": origin.loaded_at.isoformat()}
        entry = await self._screening.entry(list_name=_LIST, uid=text)
        if entry is None:
            return self._doubt(
                outcome=Outcome.INCONCLUSIVE,
                finding=CheckFinding(
                    field=_FIELD,
                    code="lei-not-listed",
                    severity=Severity.INFO,
                    message="The loaded list does not have this LEI; its check digits fit.",
                    suggestion="Look it up at the register if it matters: it may be newer than the list.",
                ),
                evidence=evidence,
            )
        return self._compared(facts=facts, entry=entry, evidence=evidence)

    def _compared(self, *, facts: SupplierFacts, entry: ListedEntry, evidence: dict[str, str]) -> CheckResult:
        score = names_likeness(one=facts.legal_name, other=entry.name)
        evidence |= {"listed_name": entry.name, "listed_country": entry.country or "", "score": f"{score:.2f}"}
        findings = []
        if score < SCORE_MINIMUM:
            findings.append(
                CheckFinding(
                    field=_FIELD,
                    code="lei-of-another-name",
                    severity=Severity.ERROR,
                    message=f"The LEI is that of {entry.name!r}.",
                    suggestion="Give the supplier's own LEI, or its legal name as registered.",
                )
            )
        if entry.country is not None and entry.country != facts.country:
            findings.append(
                CheckFinding(
                    field=_FIELD,
                    code="lei-of-another-country",
                    severity=Severity.WARNING,
                    message=f"The LEI is registered in {entry.country}, the supplier in {facts.country}.",
                    suggestion="Find out which company will be the supplier.",
                )
            )
        if not findings:
            return passed(check=self.name, evidence=evidence)
        return found(check=self.name, outcome=Outcome.FAIL, findings=findings, evidence=evidence)

    async def _proposed(self, facts: SupplierFacts) -> dict[str, str]:
        namesakes = await self._screening.namesakes(list_name=_LIST, name=facts.legal_name)
        fitting = [entry for entry in namesakes if entry.country == facts.country]
        return {f"listed_{entry.uid}": entry.name for entry in fitting[:_PROPOSED_MAXIMUM]}

    def _doubt(self, *, outcome: Outcome, finding: CheckFinding, evidence: dict[str, str]) -> CheckResult:
        return found(check=self.name, outcome=outcome, findings=[finding], evidence=evidence)
