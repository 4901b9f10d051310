"""Functional acknowledgments (997) and interchange acknowledgments (TA1), both ways. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from openaisle.orders.edi.envelope import NewSet
from openaisle.orders.edi.interchange import Group, Interchange, TransactionSet
from openaisle.orders.edi.syntax import Segment, segment_of
from openaisle.orders.edi.validation import SetReport

_ACCEPTED = frozenset("AE")
_WORDS = {
    "A": "accepted",
    "E": "accepted with errors",
    "P": "partly accepted",
    "R": "rejected",
    "M": "rejected, its authentication failed",
    "W": "rejected, its assurance failed",
    "X": "rejected, it could not be decrypted",
}


class SetVerdict(msgspec.Struct, frozen=True, kw_only=True):
    """What a partner's 997 says of one set of ours; ``notes`` name segments and elements in error."""

    code: str
    control_number: str
    verdict: str
    notes: tuple[str, ...] = ()


class GroupVerdict(msgspec.Struct, frozen=True, kw_only=True):
    """What a partner's 997 says of one group of ours; the group's verdict holds for sets that it does not name."""

    functional_identifier: str
    control_number: int
    verdict: str
    sets: tuple[SetVerdict, ...]


def is_accepted(verdict: str) -> bool:
    """Return whether a verdict means that the partner read what it is about."""
    return verdict in _ACCEPTED


def verdict_words(verdict: str) -> str:
    """Return what a verdict means."""
    return _WORDS.get(verdict, f"answered {verdict[:10]}")


def functional_acknowledgment(*, group: Group, reports: Sequence[SetReport]) -> NewSet:
    """Return the 997 that answers a group."""
    body = [segment_of("AK1", group.functional_identifier, group.control_number)]
    for report in reports:
        body.append(segment_of("AK2", report.code, report.control_number))
        for one in report.segments:
            body.append(segment_of("AK3", one.tag, str(one.position), one.loop, one.code))
            body += [
                segment_of("AK4", str(each.position), str(each.number) if each.number else "", each.code, each.value)
                for each in one.elements
            ]
        body.append(segment_of("AK5", report.verdict, *report.errors))
    accepted = sum(1 for one in reports if is_accepted(one.verdict))
    counts = (group.included or str(len(reports)), str(len(reports)), str(accepted))
    verdict = _group_verdict(group=group, reports=reports, accepted=accepted)
    body.append(segment_of("AK9", verdict, *counts, *group.errors[:5]))
    return NewSet(code="997", body=tuple(body))


def _group_verdict(*, group: Group, reports: Sequence[SetReport], accepted: int) -> str:
    if not accepted:
        return "R"
    if accepted < len(reports):
        return "P"
    return "E" if group.errors or any(one.verdict != "A" for one in reports) else "A"


def interchange_acknowledgment(*, interchange: Interchange, errors: Sequence[str]) -> Segment:
    """Return the TA1 that answers an envelope; ``errors`` are the codes of what is wrong with it."""
    verdict = "A" if not errors else "E" if set(errors) <= {"021"} else "R"
    # Its dates are copied, and must have their width even where what came has not.
    day = interchange.date[:6].rjust(6, "0")
    return segment_of(
        "TA1",
        interchange.control_number[-9:].rjust(9, "0"),
        day,
        interchange.time[:4].rjust(4, "0"),
        verdict,
        errors[0] if errors else "000",
    )


def read_functional_acknowledgment(one: TransactionSet) -> GroupVerdict | None:
    """Return what a 997 says; None if it names no group."""
    functional_identifier, control_number, verdict = "", "", ""
    sets: list[SetVerdict] = []
    current: tuple[str, str] | None = None
    notes: list[str] = []
    for segment in one.segments:
        if segment.tag == "AK1":
            functional_identifier, control_number = segment.at(1), segment.at(2)
        elif segment.tag == "AK2":
            current, notes = (segment.at(1), segment.at(2)), []
        elif segment.tag == "AK3":
            notes.append(f"segment {segment.at(1)} at {segment.at(2)}: code {segment.at(4) or '8'}")
        elif segment.tag == "AK4" and notes:
            notes[-1] += f", element {segment.at(1)}: code {segment.at(3)}"
        elif segment.tag == "AK5" and current is not None:
            codes = [code for code in segment.elements[1:] if code]
            told = (f"codes {' '.join(codes)}", *notes) if codes else tuple(notes)
            sets.append(SetVerdict(code=current[0], control_number=current[1], verdict=segment.at(1), notes=told[:10]))
            current = None
        elif segment.tag == "AK9":
            verdict = segment.at(1)
    if not (control_number.isascii() and control_number.isdigit()) or len(control_number) > 9:
        return None
    return GroupVerdict(
        functional_identifier=functional_identifier,
        control_number=int(control_number),
        verdict=verdict,
        sets=tuple(sets),
    )
