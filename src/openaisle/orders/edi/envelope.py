"""Writing interchanges: the envelope around transaction sets. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from openaisle.orders.edi.syntax import Segment, Separators, segment_of, written
from openaisle.suppliers.x12 import X12Settings

VERSION = "004010"
INTERCHANGE_VERSION = "00401"
FUNCTIONAL_IDENTIFIERS = {"850": "PO", "860": "PC", "997": "FA"}


class ControlNumbers(msgspec.Struct, frozen=True, kw_only=True):
    """The numbers that an interchange and its one group carry; its sets are counted from 1."""

    interchange: int
    group: int


class NewSet(msgspec.Struct, frozen=True, kw_only=True):
    """A transaction set to write: its code and the segments between ST and SE."""

    code: str
    body: tuple[Segment, ...]


def separators_of(settings: X12Settings) -> Separators:
    """Return the separators that a partner agreed upon."""
    return Separators(settings.element_separator, settings.component_separator, settings.segment_terminator)


def set_control_number(position: int) -> str:
    """Return the control number of the set at a position, counted from 0, within its group."""
    return f"{position + 1:04d}"


def interchange_text(
    *,
    settings: X12Settings,
    numbers: ControlNumbers,
    sets: Sequence[NewSet],
    at: datetime,
    acknowledgments: Sequence[Segment] = (),
) -> str:
    """Return an interchange of one group as it is sent; without ``sets`` it only carries TA1 ``acknowledgments``."""
    separators = separators_of(settings)
    lines = [written(one, separators) for one in acknowledgments]
    if sets:
        lines += _group_lines(settings=settings, numbers=numbers, sets=sets, at=at, separators=separators)
    control_number = f"{numbers.interchange:09d}"
    lines.append(written(segment_of("IEA", "1" if sets else "0", control_number), separators))
    joiner = "\n" if settings.line_breaks and separators.segment != "\n" else ""
    return joiner.join([_isa(settings=settings, numbers=numbers, at=at), *lines]) + joiner


def _group_lines(
    *,
    settings: X12Settings,
    numbers: ControlNumbers,
    sets: Sequence[NewSet],
    at: datetime,
    separators: Separators,
) -> list[str]:
    header = segment_of(
        "GS",
        FUNCTIONAL_IDENTIFIERS[sets[0].code],
        settings.own_application or settings.own_identifier,
        settings.partner_application or settings.partner_identifier,
        f"{at:%Y%m%d}",
        f"{at:%H%M}",
        str(numbers.group),
        "X",
        VERSION,
    )
    lines = [written(header, separators)]
    for position, one in enumerate(sets):
        number = set_control_number(position)
        lines.append(written(segment_of("ST", one.code, number), separators))
        lines += [written(segment, separators) for segment in one.body]
        lines.append(written(segment_of("SE", str(len(one.body) + 2), number), separators))
    lines.append(written(segment_of("GE", str(len(sets)), str(numbers.group)), separators))
    return lines


def _isa(*, settings: X12Settings, numbers: ControlNumbers, at: datetime) -> str:
    """Return the header: the one segment of fixed widths, which declares the separators it must not lose."""
    elements = (
        "ISA",
        "00",
        " " * 10,
        "00",
        " " * 10,
        settings.own_qualifier,
        settings.own_identifier.ljust(15),
        settings.partner_qualifier,
        settings.partner_identifier.ljust(15),
        f"{at:%y%m%d}",
        f"{at:%H%M}",
        "U",
        INTERCHANGE_VERSION,
        f"{numbers.interchange:09d}",
        "0",
        "T" if settings.test else "P",
        settings.component_separator,
    )
    return settings.element_separator.join(elements) + settings.segment_terminator
