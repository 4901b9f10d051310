"""No name of the supplier is like one on a sanctions list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from openaisle.suppliers.checks.check import CheckContext
from openaisle.suppliers.facts import SupplierFacts
from openaisle.suppliers.screening.entries import ListName
from openaisle.suppliers.screening.index import NameMatch
from openaisle.suppliers.screening.reading import Oddity
from openaisle.suppliers.screening.screening import SCORE_MINIMUM, NameScreening, Screened
from openaisle.suppliers.verification import CheckFinding, CheckResult, Outcome, Severity, found, passed

_LIST = ListName.OFAC_SDN
_MATCHES_SHOWN = 3


class SanctionsCheck:
    """Fails a supplier whose name is like a listed one; a person says whether it is the one meant.

    The evidence is for the operator alone: whoever is on a list should not learn from here how it was found.
    """

    name: ClassVar[str] = "sanctions"
    timeout_seconds: ClassVar[float] = 10.0

    def __init__(self, *, screening: NameScreening, score_minimum: float = SCORE_MINIMUM) -> None:
        """Take the screening, and the score from which on a name counts as a match."""
        self._screening = screening
        self._score_minimum = score_minimum

    async def examine(self, *, facts: SupplierFacts, context: CheckContext) -> CheckResult:  # noqa: ARG002
        """Return what the check found."""
        names = {"legal_name": facts.legal_name}
        if facts.doing_business_as is not None and facts.doing_business_as != facts.legal_name:
            names["doing_business_as"] = facts.doing_business_as
        answers: dict[str, Screened] = {}
        for field, name in names.items():
            answer = await self._screening.screened(list_name=_LIST, name=name, minimum=self._score_minimum)
            if answer is None:
                return self._not_loaded(names)
            answers[field] = answer
        return self._result(answers)

    def _not_loaded(self, names: dict[str, str]) -> CheckResult:
        finding = CheckFinding(
            field="legal_name",
            code="sanctions-list-not-loaded",
            severity=Severity.INFO,
            message="No sanctions list is loaded, so the names were not compared with one.",
            suggestion="Load one: openaisle screening load FILE.",
        )
        return found(check=self.name, outcome=Outcome.INCONCLUSIVE, findings=[finding], evidence=names)

    def _result(self, answers: dict[str, Screened]) -> CheckResult:
        origin = next(iter(answers.values())).origin
        evidence = {
            "list": origin.name,
            "list_version": origin.version[:16],
            "list_loaded_at": origin.loaded_at.isoformat(),
            "score_minimum": f"{self._score_minimum:.2f}",
            **{field: answer.reading.text for field, answer in answers.items()},
        }
        findings: list[CheckFinding] = []
        failed = False
        for field, answer in answers.items():
            if answer.matches:
                failed = True
                evidence |= _shown(field=field, matches=answer.matches)
                findings.append(_match_finding(field=field))
            findings += _doubts(field=field, answer=answer)
        if not findings:
            return passed(check=self.name, evidence=evidence)
        outcome = Outcome.FAIL if failed else Outcome.INCONCLUSIVE
        return found(check=self.name, outcome=outcome, findings=findings, evidence=evidence, confidential=True)


def _shown(*, field: str, matches: Sequence[NameMatch]) -> dict[str, str]:
    shown = {}
    for number, match in enumerate(matches[:_MATCHES_SHOWN], start=1):
        entry = match.entry
        told = [
            f"{match.name.text} (score {match.score:.2f})",
            f"entry {entry.uid} {entry.name}" if match.name.text != entry.name else f"entry {entry.uid}",
            entry.kind.value,
            f"programs {', '.join(entry.programs)}" if entry.programs else "",
            (entry.remarks or "")[:300],
        ]
        shown[f"{field}.match_{number}"] = "; ".join(part for part in told if part)
    if len(matches) > _MATCHES_SHOWN:
        shown[f"{field}.more_matches"] = str(len(matches) - _MATCHES_SHOWN)
    return shown


def _match_finding(*, field: str) -> CheckFinding:
    return CheckFinding(
        field=field,
        code="name-on-sanctions-list",
        severity=Severity.ERROR,
        message="The name has to be compared with a list by a person.",
        suggestion="Compare country, dates and numbers with the entry; approve with the reason if it is another.",
    )


def _doubts(*, field: str, answer: Screened) -> list[CheckFinding]:
    doubts = []
    oddities = answer.reading.oddities
    if not answer.reading.words or Oddity.UNREADABLE_SCRIPT in oddities:
        doubts.append(
            CheckFinding(
                field=field,
                code="name-not-comparable",
                severity=Severity.WARNING,
                message="The name is written in letters that cannot be compared with the list.",
                suggestion="Screen the name as the register spells it in Latin letters.",
            )
        )
    if Oddity.LOOK_ALIKE_LETTERS in oddities or Oddity.HIDDEN_CHARACTERS in oddities:
        doubts.append(
            CheckFinding(
                field=field,
                code="name-disguised",
                severity=Severity.WARNING,
                message="The name holds letters of another script that look alike, or characters that no eye sees.",
                suggestion="Compare the name with the register's own extract.",
            )
        )
    return doubts
