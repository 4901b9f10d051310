"""Rows that Python judges: the truth, row by row, for whatever the fast path does not take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from openaisle.catalog.cells import Facts
from openaisle.catalog.issues import Correction, Issue
from openaisle.catalog.model import SubmissionFacts, Verdict
from openaisle.catalog.policy import CatalogPolicy
from openaisle.catalog.validation import Candidate, Validated, validate
from openaisle.inventory.acceptance import facts_hash
from openaisle.kernel.money import Money


class GivenRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row to judge: its cells by field, and what was known of it before. ``last_price`` as in Candidate."""

    row: int
    cells: Mapping[str, str]
    issues: tuple[Issue, ...] = ()
    corrections: tuple[Correction, ...] = ()
    last_price: Money | None = None
    repeated: bool = False


class JudgedRow(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a row; ``facts_hash`` is that of the facts as they were handed in."""

    row: int
    verdict: Verdict
    facts: SubmissionFacts
    facts_hash: str
    issues: tuple[Issue, ...]
    corrections: tuple[Correction, ...]


def judged_by_python(*, table: Sequence[GivenRow], policy: CatalogPolicy) -> list[JudgedRow]:
    """Return each row judged by the validator, in its order; never raises for what stands in cells."""
    candidates = [_candidate(given=given) for given in table]
    validated = validate(table=candidates, policy=policy)
    return [
        _judged(candidate=candidate, found=found, row=given.row)
        for given, candidate, found in zip(table, candidates, validated, strict=True)
    ]


def read_facts(*, cells: Mapping[str, str]) -> SubmissionFacts:
    """Return the facts that cells say, as they were handed in."""
    return Facts(row=None).read(cells=cells)


def _candidate(*, given: GivenRow) -> Candidate:
    reading = Facts(row=given.row)
    facts = reading.read(cells=given.cells)
    return Candidate(
        facts=facts,
        row=given.row,
        issues=(*given.issues, *reading.issues),
        corrections=(*given.corrections, *reading.corrections),
        last_price=given.last_price,
        repeated=given.repeated,
    )


def _judged(*, candidate: Candidate, found: Validated, row: int) -> JudgedRow:
    facts = found.facts
    return JudgedRow(
        row=row,
        verdict=_verdict(found=found),
        facts=facts,
        facts_hash=facts_hash(facts=candidate.facts),
        issues=found.issues,
        corrections=found.corrections,
    )


def _verdict(*, found: Validated) -> Verdict:
    if found.rejected:
        return Verdict.REJECTED
    if found.doubtful:
        return Verdict.IN_REVIEW
    return Verdict.CORRECTED if found.corrections else Verdict.ACCEPTED
