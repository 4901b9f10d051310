"""Envelopes of X12: interchanges, groups and transaction sets, read so that what is broken loses only itself. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from openaisle.orders.edi.syntax import (
    SEGMENTS_MAXIMUM,
    Segment,
    Separators,
    X12Unreadable,
    blank_end,
    segments_from,
    separators_at,
    text_of,
)

INTERCHANGES_MAXIMUM = 100
SETS_MAXIMUM = 5_000
_UNREADABLE_PLACES_MAXIMUM = 1_000
VERSION_UNKNOWN = "2"
"""The code of AK9 for a group in another version than 4010: nothing of it is read."""
_VERSIONS = "0040"


class TransactionSet(msgspec.Struct, frozen=True, kw_only=True):
    """One document, from ST to SE. ``errors`` are the codes of AK5 that its own envelope deserves."""

    code: str
    control_number: str
    segments: tuple[Segment, ...]
    errors: tuple[str, ...] = ()


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """A functional group, from GS to GE. ``errors`` are the codes of AK9 that its own envelope deserves."""

    functional_identifier: str
    sender: str
    receiver: str
    control_number: str
    version: str
    sets: tuple[TransactionSet, ...]
    included: str = ""
    errors: tuple[str, ...] = ()


class Interchange(msgspec.Struct, frozen=True, kw_only=True):
    """An interchange, from ISA to IEA. ``errors`` are the codes of TA1 that its envelope deserves.

    ``acknowledgments`` are the TA1 segments that it carries for interchanges of ours, ``text`` is all of it as it came.
    """

    sender_qualifier: str
    sender: str
    receiver_qualifier: str
    receiver: str
    date: str
    time: str
    version: str
    control_number: str
    wants_acknowledgment: bool
    test: bool
    separators: Separators
    groups: tuple[Group, ...]
    text: str
    acknowledgments: tuple[Segment, ...] = ()
    errors: tuple[str, ...] = ()


class ReadFile(msgspec.Struct, frozen=True, kw_only=True):
    """What a file held: its interchanges, and what stood in it that was none."""

    interchanges: tuple[Interchange, ...]
    findings: tuple[str, ...]


def read_file(*, content: bytes) -> ReadFile:
    """Read all interchanges of a file; raises X12Unreadable if there is not even one."""
    text = text_of(content)
    interchanges: list[Interchange] = []
    findings: list[str] = []
    place = blank_end(text, 0)
    room = SEGMENTS_MAXIMUM
    while place < len(text):
        try:
            separators, body = separators_at(text, place)
        except X12Unreadable as error:
            if not interchanges and not findings and "ISA" not in text[place + 1 :]:
                raise
            findings.append(error.detail)
            place = text.find("ISA", place + 1)
            if place < 0 or len(findings) > _UNREADABLE_PLACES_MAXIMUM:
                break
            continue
        if len(interchanges) == INTERCHANGES_MAXIMUM:
            findings.append(f"More than {INTERCHANGES_MAXIMUM} interchanges; the rest was not read.")
            break
        interchange, place, count = _interchange(text, place, body, separators, room)
        interchanges.append(interchange)
        room -= count
        place = blank_end(text, place)
    if not interchanges:
        raise X12Unreadable(detail=" ".join(findings) or "The file is empty.")
    return ReadFile(interchanges=tuple(interchanges), findings=tuple(findings[:20]))


def _interchange(text: str, start: int, body: int, separators: Separators, room: int) -> tuple[Interchange, int, int]:
    """Return the interchange at ``start``, where it ends, and of how many segments; ``room`` is how many are read."""
    header = text[start:body].split(separators.element)
    fields = [one.strip() for one in header]
    builder = _Builder()
    place = body
    count = 0
    for count, (segment, begins, ends) in enumerate(segments_from(text, body, separators), start=1):
        if segment.tag == "ISA":
            # The next one begins before this one ended.
            place = begins
            break
        place = ends
        if count > room:
            builder.errors.append("022")
            place = len(text)
            break
        if builder.take(segment):
            break
    builder.finish(control_number=fields[13])
    return (
        Interchange(
            sender_qualifier=fields[5],
            sender=fields[6],
            receiver_qualifier=fields[7],
            receiver=fields[8],
            date=fields[9],
            time=fields[10],
            version=fields[12],
            control_number=fields[13],
            wants_acknowledgment=fields[14] == "1",
            test=fields[15] == "T",
            separators=separators,
            groups=tuple(builder.groups),
            text=text[start:place],
            acknowledgments=tuple(builder.acknowledgments),
            errors=tuple(dict.fromkeys(builder.errors)),
        ),
        place,
        count,
    )


class _Builder:
    """Puts segments into sets and sets into groups, noting what is missing or does not add up."""

    def __init__(self) -> None:
        self.groups: list[Group] = []
        self.acknowledgments: list[Segment] = []
        self.errors: list[str] = []
        self._group: Segment | None = None
        self._sets: list[TransactionSet] = []
        self._set: list[Segment] = []
        self._numbers: set[str] = set()
        self._trailer: Segment | None = None

    def take(self, segment: Segment) -> bool:
        """Take the next segment; return whether the interchange ends with it."""
        if segment.tag == "IEA":
            self._trailer = segment
            return True
        if segment.tag == "GS":
            self._close_group(None)
            self._group = segment
        elif segment.tag == "GE":
            self._close_group(segment)
        elif segment.tag == "ST":
            self._close_set(None)
            self._set = [segment]
        elif segment.tag == "SE":
            self._close_set(segment)
        elif self._set:
            self._set.append(segment)
        elif segment.tag == "TA1":
            self.acknowledgments.append(segment)
        else:
            self.errors.append("022")
        return False

    def finish(self, *, control_number: str) -> None:
        """Close what is open and compare the trailer with what came."""
        self._close_group(None)
        if self._trailer is None:
            self.errors.append("023")
        elif _number(self._trailer.at(2)) != _number(control_number):
            self.errors.append("001")
        elif _number(self._trailer.at(1)) != str(len(self.groups)):
            self.errors.append("021")
        if not control_number.isdigit():
            self.errors.append("018")

    def _close_set(self, trailer: Segment | None) -> None:
        if not self._set:
            return
        header, segments = self._set[0], tuple(self._set)
        self._set = []
        if trailer is not None:
            segments = (*segments, trailer)
        if self._group is None:
            # A document outside of a group has nobody to acknowledge it to.
            self.errors.append("022")
            return
        if len(self._sets) >= SETS_MAXIMUM:
            self.errors.append("022")
            return
        control_number = header.at(2)
        errors = _set_errors(header=header, trailer=trailer, count=len(segments))
        if control_number in self._numbers:
            errors.append("23")
        self._numbers.add(control_number)
        self._sets.append(
            TransactionSet(code=header.at(1), control_number=control_number, segments=segments, errors=tuple(errors))
        )

    def _close_group(self, trailer: Segment | None) -> None:
        self._close_set(None)
        header = self._group
        if header is None:
            return
        errors = []
        if trailer is None:
            errors.append("3")
        else:
            if _number(trailer.at(2)) != _number(header.at(6)):
                errors.append("4")
            if _number(trailer.at(1)) != str(len(self._sets)):
                errors.append("5")
        if not header.at(6).isdigit():
            errors.append("6")
        if not header.at(8).startswith(_VERSIONS):
            errors.append(VERSION_UNKNOWN)
        self.groups.append(
            Group(
                functional_identifier=header.at(1),
                sender=header.at(2),
                receiver=header.at(3),
                control_number=header.at(6),
                version=header.at(8),
                sets=tuple(self._sets),
                included="" if trailer is None else _number(trailer.at(1)),
                errors=tuple(errors),
            )
        )
        self._group, self._sets, self._numbers = None, [], set()


def _set_errors(*, header: Segment, trailer: Segment | None, count: int) -> list[str]:
    errors = []
    if not header.at(1).isdigit():
        errors.append("6")
    if not header.at(2):
        errors.append("7")
    if trailer is None:
        errors.append("2")
    else:
        if _number(trailer.at(2)) != _number(header.at(2)):
            errors.append("3")
        if _number(trailer.at(1)) != str(count):
            errors.append("4")
    return errors


def _number(text: str) -> str:
    """Return a control number or count without leading zeros, so that 0007 and 7 are the same."""
    return text.lstrip("0") or "0" if text.isascii() and text.isdigit() else text


def sets_of(interchange: Interchange) -> Iterator[tuple[Group, TransactionSet]]:
    """Yield each transaction set of an interchange with its group."""
    for group in interchange.groups:
        for one in group.sets:
            yield group, one


def body_of(segments: Sequence[Segment]) -> Sequence[Segment]:
    """Return the segments between ST and SE."""
    end = len(segments) - 1 if segments and segments[-1].tag == "SE" else len(segments)
    return segments[1:end]
