"""The punctuation of X12: from text to segments. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from openaisle.kernel.errors import OpenAisleError

BYTES_MAXIMUM = 10_000_000
SEGMENTS_MAXIMUM = 200_000
ELEMENTS_MAXIMUM = 120
_HEADER_ELEMENTS = 16
# An ISA has 106 characters; a sender that pads its elements otherwise gets some leeway.
_HEADER_CHARACTERS_MAXIMUM = 400
_BLANK = "\r\n\t \ufeff\x00"


class X12Unreadable(OpenAisleError):
    """What came is no X12 interchange: there is no ISA segment to learn the separators from, or it is too large."""

    code = "x12-unreadable"
    title = "That is not an X12 interchange"
    status = 422
    mend = "Send one or more interchanges from ISA to IEA, up to 10 MB."


class Separators(NamedTuple):
    """The characters that end elements, parts of elements, and segments."""

    element: str = "*"
    component: str = ">"
    segment: str = "~"


class Segment(NamedTuple):
    """A segment: its name and its elements, as they were sent but without blanks around."""

    tag: str
    elements: tuple[str, ...]

    def at(self, position: int) -> str:
        """Return the element at a position counted from 1; empty where there is none."""
        return self.elements[position - 1] if position <= len(self.elements) else ""


def segment_of(tag: str, *elements: str) -> Segment:
    """Return a segment without the empty elements at its end, as it is to be written."""
    last = len(elements)
    while last and not elements[last - 1]:
        last -= 1
    return Segment(tag, elements[:last])


def text_of(content: bytes) -> str:
    """Return the text of a file: UTF-8, or Latin-1 of systems that know nothing else; raises X12Unreadable."""
    if len(content) > BYTES_MAXIMUM:
        raise X12Unreadable(detail=f"{len(content):,} bytes came; {BYTES_MAXIMUM:,} are read.")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return content.decode("latin-1")


def separators_at(text: str, start: int) -> tuple[Separators, int]:
    """Return the separators that the ISA at ``start`` declares, and where it ends; raises X12Unreadable.

    The strict reading is by position, which breaks on senders that do not pad; by elements both are read.
    """
    head = text[start : start + _HEADER_CHARACTERS_MAXIMUM]
    element = head[3:4]
    parts = head.split(element, _HEADER_ELEMENTS) if element and not element.isalnum() else []
    if head[:3] != "ISA" or len(parts) <= _HEADER_ELEMENTS or len(parts[-1]) < 2:
        raise X12Unreadable(detail=f"No whole ISA segment stands at character {start + 1:,}.")
    component, segment = parts[-1][0], parts[-1][1]
    if segment == "\r" and parts[-1][2:3] == "\n":
        # Some write lines; what ends them is one separator, and the second half is a blank between segments.
        segment = "\n"
        component_end = 3
    else:
        component_end = 2
    if len({element, component, segment}) != 3 or segment.isalnum() or component.isalnum():
        raise X12Unreadable(detail="The ISA segment declares separators that cannot be told apart.")
    return Separators(element, component, segment), start + len(head) - len(parts[-1]) + component_end


def blank_end(text: str, start: int) -> int:
    """Return where the blanks that begin at ``start`` end."""
    while start < len(text) and text[start] in _BLANK:
        start += 1
    return start


def segments_from(text: str, start: int, separators: Separators) -> Iterator[tuple[Segment, int, int]]:
    """Yield the segments from ``start`` on, each with where it begins and ends; the last may lack its terminator."""
    while (start := blank_end(text, start)) < len(text):
        end = text.find(separators.segment, start)
        after = end + 1
        if end < 0:
            end = after = len(text)
        tag, *elements = text[start:end].strip(_BLANK).split(separators.element, ELEMENTS_MAXIMUM)
        yield Segment(tag.strip(), tuple(one.strip(_BLANK) for one in elements)), start, after
        start = after


def written(segment: Segment, separators: Separators) -> str:
    """Return a segment as it is sent: what would end it early becomes a blank, as X12 4010 knows no escape."""
    parts = [segment.tag]
    for element in segment.elements:
        clean = "".join(" " if one in separators or not one.isprintable() else one for one in element)
        parts.append(clean.strip())
    while not parts[-1]:
        # An element at the end that nothing is left of.
        parts.pop()
    return separators.element.join(parts) + separators.segment
