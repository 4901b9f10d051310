"""Every word is written in one script: look-alike letters make two names that the eye takes for one."""

from __future__ import annotations

from typing import ClassVar

from openaisle.suppliers.checks.check import CheckContext
from openaisle.suppliers.facts import SupplierFacts, fact_texts
from openaisle.suppliers.scripts import direction_marks, latin_reading, mixed_words
from openaisle.suppliers.verification import CheckFinding, CheckResult, Outcome, Severity, found, passed


class CharactersCheck:
    """Fails a fact with a word of mixed scripts, or with marks that turn the direction of writing."""

    name: ClassVar[str] = "characters"
    timeout_seconds: ClassVar[float] = 5.0

    async def examine(self, *, facts: SupplierFacts, context: CheckContext) -> CheckResult:  # noqa: ARG002
        """Return what the check found."""
        findings: list[CheckFinding] = []
        evidence: dict[str, str] = {}
        texts = fact_texts(facts=facts)
        for field, text in texts.items():
            # Everything that is plain ASCII, thus most facts, needs no look at each letter.
            if text is None or text.isascii():
                continue
            if mixed := mixed_words(text=text):
                evidence[field] = ", ".join(f"{word} ({', '.join(scripts)})" for word, scripts in mixed)[:200]
                findings.append(_mixed(field=field, word=mixed[0][0]))
            if direction_marks(text=text):
                findings.append(_turned(field=field))
        if not findings:
            return passed(check=self.name, evidence={"looked_at": str(len(texts))})
        return found(check=self.name, outcome=Outcome.FAIL, findings=findings, evidence=evidence)


def _mixed(*, field: str, word: str) -> CheckFinding:
    likely = latin_reading(text=word)
    return CheckFinding(
        field=field,
        code="scripts-mixed",
        severity=Severity.ERROR,
        message=f"{word!r} mixes letters of several scripts, as names do that are made to look like another.",
        suggestion=f"Perhaps {likely!r} is meant." if likely is not None else "Write it in one script.",
    )


def _turned(*, field: str) -> CheckFinding:
    return CheckFinding(
        field=field,
        code="direction-turned",
        severity=Severity.ERROR,
        message="It holds marks that turn the direction of writing, so that it reads other than it is.",
        suggestion="Write it again by hand.",
    )
