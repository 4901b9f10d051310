"""Whether a transaction set keeps the rules of its segments, told as a 997 tells it. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

import msgspec

from openaisle.orders.edi.dictionary import SETS
from openaisle.orders.edi.interchange import TransactionSet
from openaisle.orders.edi.rules import ElementKind, ElementRule, SegmentRule
from openaisle.orders.edi.syntax import ELEMENTS_MAXIMUM, Segment

ERRORS_PER_SET = 100
_DECIMAL = re.compile(r"-?(\d+(\.\d*)?|\.\d+)")
_WHOLE = re.compile(r"-?\d+")
_TIME = re.compile(r"([01]\d|2[0-3])[0-5]\d([0-5]\d(\d{1,2})?)?")
_SIGNS = str.maketrans("", "", "-.")


class ElementError(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An element in error; ``code`` as AK403: 1 missing, 4 short, 5 long, 6 character, 7 code, 8 date, 9 time."""

    position: int
    number: int
    code: str
    value: str = ""


class SegmentError(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A segment in error: ``code`` as AK304 has it (3 missing, 8 elements in error), ``position`` with ST as 1.

    ``fatal`` tells that something is lost without which the document cannot be understood.
    """

    tag: str
    position: int
    code: str
    loop: str = ""
    elements: tuple[ElementError, ...] = ()
    fatal: bool = False


class SetReport(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is wrong with a set: its own envelope (codes of AK5) and its segments.

    ``verdict`` is A where nothing is, E where it was read all the same, R where it was not.
    """

    code: str
    control_number: str
    verdict: str
    errors: tuple[str, ...] = ()
    segments: tuple[SegmentError, ...] = ()


def report_on(one: TransactionSet) -> SetReport:
    """Return the report on a transaction set that a partner sent."""
    rule = SETS.get(one.code)
    errors = list(one.errors)
    found: tuple[SegmentError, ...] = ()
    if rule is None or not rule.inbound:
        errors.append("1")
    else:
        found = segment_errors(segments=one.segments, rules=rule.segments)
        if found:
            errors.append("5")
    return SetReport(
        code=one.code,
        control_number=one.control_number,
        verdict=_verdict(errors=errors, found=found),
        errors=tuple(dict.fromkeys(errors))[:5],
        segments=found,
    )


def _verdict(*, errors: Sequence[str], found: Sequence[SegmentError]) -> str:
    if not errors:
        return "A"
    # A count that does not match loses no data; what is missing or cannot be told apart does.
    if set(errors) - {"4", "5"}:
        return "R"
    return "R" if any(one.fatal for one in found) else "E"


def segment_errors(*, segments: Sequence[Segment], rules: Sequence[SegmentRule]) -> tuple[SegmentError, ...]:
    """Return which segments break their rules, in their order, then those that are missing."""
    errors: list[SegmentError] = []
    by_place = {(rule.within, rule.tag): rule for rule in rules}
    openers = {rule.within for rule in rules if rule.within} | {
        rule.tag for rule in rules if rule.tag in _LOOPS and not rule.within
    }
    seen: set[str] = set()
    loop = ""
    for position, segment in enumerate(segments, start=1):
        if segment.tag in openers:
            loop = segment.tag
        seen.add(segment.tag)
        rule = by_place.get((loop, segment.tag)) or by_place.get(("", segment.tag))
        if rule is None:
            continue
        wrong = tuple(_element_errors(segment=segment, rule=rule))
        if wrong:
            within = loop if rule.within else ""
            # What need not be there can be passed over, and what is too long is still there.
            required = {element.position for element in rule.elements if element.required}
            fatal = any(one.position in required and one.code != "5" for one in wrong)
            errors.append(
                SegmentError(tag=segment.tag, position=position, code="8", loop=within, elements=wrong, fatal=fatal)
            )
    errors.extend(
        SegmentError(tag=rule.tag, position=len(segments), code="3", fatal=True)
        for rule in rules
        if rule.required and not rule.within and rule.tag not in seen
    )
    return tuple(errors[:ERRORS_PER_SET])


_LOOPS = frozenset({"N1", "PO1", "POC", "HL", "LIN", "IT1", "AK2"})


def _element_errors(*, segment: Segment, rule: SegmentRule) -> list[ElementError]:
    errors = []
    for element in rule.elements:
        value = segment.at(element.position)
        code = _error_code(value=value, rule=element)
        if code:
            errors.append(
                ElementError(position=element.position, number=element.number, code=code, value=_shown(value))
            )
    if len(segment.elements) > ELEMENTS_MAXIMUM:
        errors.append(ElementError(position=ELEMENTS_MAXIMUM, number=0, code="3"))
    return errors


def _error_code(*, value: str, rule: ElementRule) -> str:
    if not value:
        return "1" if rule.required else ""
    numeric = rule.kind in _NUMERIC
    if (numeric or rule.kind in _CLOCKS) and not _is_of_kind(value=value, kind=rule.kind):
        return {ElementKind.DATE: "8", ElementKind.TIME: "9"}.get(rule.kind, "6")
    # Signs and decimal points do not count.
    length = len(value.translate(_SIGNS)) if numeric else len(value)
    if length < rule.minimum:
        # Postal codes and SKUs of some are shorter than the book; nothing is lost by reading them.
        return "" if rule.kind is ElementKind.TEXT or numeric else "4"
    if length > rule.maximum:
        return "5"
    return "7" if rule.codes and value not in rule.codes else ""


_NUMERIC = frozenset({ElementKind.WHOLE, ElementKind.HUNDREDTHS, ElementKind.DECIMAL})
_CLOCKS = frozenset({ElementKind.DATE, ElementKind.TIME})


def _is_of_kind(*, value: str, kind: ElementKind) -> bool:
    if not value.isascii():
        return False
    if kind is ElementKind.DATE:
        return date_of(value) is not None
    if kind is ElementKind.TIME:
        return _TIME.fullmatch(value) is not None
    # Some write a decimal point where two decimals are implied; it says what is meant.
    return (_WHOLE if kind is ElementKind.WHOLE else _DECIMAL).fullmatch(value) is not None


def date_of(value: str) -> date | None:
    """Return the day that ``YYYYMMDD`` means, None if it means none."""
    if len(value) != 8 or not value.isascii() or not value.isdigit():
        return None
    try:
        return date(int(value[:4]), int(value[4:6]), int(value[6:]))
    except ValueError:
        return None


def _shown(value: str) -> str:
    """Return a copy of bad data that a 997 may carry, empty where the copy would be an error itself."""
    return value[:99] if value.isprintable() else ""
