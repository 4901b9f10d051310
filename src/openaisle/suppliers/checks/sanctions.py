"""No name of the supplier, or of who stands behind it or speaks for it, is like one on a sanctions list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import msgspec

from openaisle.suppliers.checks.check import CheckContext
from openaisle.suppliers.facts import SupplierFacts
from openaisle.suppliers.screening.entries import ListName
from openaisle.suppliers.screening.index import NameMatch
from openaisle.suppliers.screening.reading import Oddity
from openaisle.suppliers.screening.screening import SCORE_MINIMUM, NameScreening, Screened
from openaisle.suppliers.verification import CheckFinding, CheckResult, Outcome, Severity, found, passed

_LIST = ListName.OFAC_SDN
_MATCHES_SHOWN = 3


class _Named(msgspec.Struct, frozen=True, kw_only=True):
    field: str
    name: str
    whose: str


class SanctionsCheck:
    """Fails a supplier whose name is like a listed one; a person says whether it is the one meant.

    The evidence is for the operator alone: whoever is on a list should not learn from here how it was found.
    """

    name: ClassVar[str] = "sanctions"
    timeout_seconds: ClassVar[float] = 20.0

    def __init__(self, *, screening: NameScreening, score_minimum: float = SCORE_MINIMUM) -> None:
        """Take the screening, and the score from which on a name counts as a match."""
        self._screening = screening
        self._score_minimum = score_minimum

    async def examine(self, *, facts: SupplierFacts, context: CheckContext) -> CheckResult:  # noqa: ARG002
        """Return what the check found."""
        names = _names_of(facts)
        answers: dict[str, Screened] = {}
        screened: dict[str, Screened] = {}
        for one in names:
            # The owner of a small company is its representative and its contact too.
            answer = screened.get(one.name)
            if answer is None:
                answer = await self._screening.screened(list_name=_LIST, name=one.name, minimum=self._score_minimum)
            if answer is None:
                return self._not_loaded({name.field: name.name for name in names})
            screened[one.name] = answers[one.field] = answer
        return self._result(answers, whose={one.field: one.whose for one in names})

    def _not_loaded(self, names: dict[str, str]) -> CheckResult:
        finding = CheckFinding(
            field="legal_name",
            code="sanctions-list-not-loaded",
            severity=Severity.INFO,
            message="No sanctions list is loaded, so the names were not compared with one.",
            suggestion="Load one: openaisle screening load FILE.",
        )
        return found(check=self.name, outcome=Outcome.INCONCLUSIVE, findings=[finding], evidence=names)

    def _result(self, answers: dict[str, Screened], *, whose: dict[str, str]) -> CheckResult:
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
                evidence[f"{field}.whose"] = whose[field]
                evidence |= _shown(field=field, matches=answer.matches)
                findings.append(_match_finding(field=field, whose=whose[field], answer=answer))
            findings += _doubts(field=field, answer=answer)
        if not findings:
            return passed(check=self.name, evidence=evidence)
        outcome = Outcome.FAIL if failed else Outcome.INCONCLUSIVE
        return found(check=self.name, outcome=outcome, findings=findings, evidence=evidence, confidential=True)


def _names_of(facts: SupplierFacts) -> list[_Named]:
    names = [_Named(field="legal_name", name=facts.legal_name, whose="company")]
    if facts.doing_business_as is not None and facts.doing_business_as != facts.legal_name:
        names.append(_Named(field="doing_business_as", name=facts.doing_business_as, whose="business"))
    for position, person in enumerate(facts.dossier.people):
        whose = person.role.value.replace("_", " ")
        names.append(_Named(field=f"people.{position}.name", name=person.name, whose=whose))
    for position, contact in enumerate(facts.dossier.contacts):
        whose = f"contact for {contact.role.value}"
        names.append(_Named(field=f"contacts.{position}.name", name=contact.name, whose=whose))
    return names


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


def _match_finding(*, field: str, whose: str, answer: Screened) -> CheckFinding:
    entries = sorted({match.entry.uid for match in answer.matches})
    return CheckFinding(
        field=field,
        code="name-on-sanctions-list",
        severity=Severity.ERROR,
        message=f"The name of the {whose} has to be compared with a list by a person.",
        # Who was told apart from one entry is not yet told apart from another that is listed later.
        about=f"{answer.origin.name}: {', '.join(entries)}; {answer.reading.text}",
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
