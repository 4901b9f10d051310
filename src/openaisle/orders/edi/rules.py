"""The rules of X12 segments and elements, and the parts that several sets share. Pure data."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class ElementKind(StrEnum):
    """The types of X12 elements that occur here."""

    TEXT = "AN"
    CODE = "ID"
    WHOLE = "N0"
    HUNDREDTHS = "N2"
    DECIMAL = "R"
    DATE = "DT"
    TIME = "TM"


class ElementRule(msgspec.Struct, frozen=True, kw_only=True):
    """The rule of one element: its position, number in the data element dictionary, form, and what it means to us."""

    position: int
    number: int
    kind: ElementKind
    minimum: int
    maximum: int
    meaning: str
    required: bool = False
    codes: frozenset[str] = frozenset()


class SegmentRule(msgspec.Struct, frozen=True, kw_only=True):
    """A segment of a set. ``within`` is the segment that opens the loop it belongs to, empty in header and summary."""

    tag: str
    meaning: str
    elements: tuple[ElementRule, ...]
    required: bool = False
    within: str = ""


class SetRule(msgspec.Struct, frozen=True, kw_only=True):
    """A transaction set: the group it travels in and its segments. ``inbound`` are those that suppliers send."""

    code: str
    functional_identifier: str
    name: str
    inbound: bool
    segments: tuple[SegmentRule, ...]


def element(position: int, number: int, form: str, meaning: str, *codes: str, required: bool = False) -> ElementRule:
    """Return the rule of an element; its ``form`` is kind, least and greatest length, such as ``AN 1/22``."""
    kind, _, lengths = form.partition(" ")
    minimum, _, maximum = lengths.partition("/")
    return ElementRule(
        position=position,
        number=number,
        kind=ElementKind(kind),
        minimum=int(minimum),
        maximum=int(maximum),
        meaning=meaning,
        codes=frozenset(codes),
        required=required,
    )


def segment(tag: str, meaning: str, *elements: ElementRule, required: bool = False, within: str = "") -> SegmentRule:
    """Return the rule of a segment."""
    return SegmentRule(tag=tag, meaning=meaning, elements=elements, required=required, within=within)


_PRODUCT = (
    "VP, VN, SK, BP or IN: the supplier's SKU; UP, EN, UK: the GTIN",
    "the identifier that the qualifier before it names",
)


def identifiers(first: int, count: int = 3) -> tuple[ElementRule, ...]:
    """Return the rules of ``count`` pairs of qualifier and identifier, the first at position ``first``."""
    rules: list[ElementRule] = []
    for position in range(first, first + count * 2, 2):
        rules.append(element(position, 235, "ID 2/2", _PRODUCT[0]))
        rules.append(element(position + 1, 234, "AN 1/48", _PRODUCT[1]))
    return tuple(rules)


TOTALS = segment("CTT", "totals", element(1, 354, "N0 1/6", "number of lines"))
CURRENCY = segment(
    "CUR",
    "currency",
    element(1, 98, "ID 2/3", "whose currency", required=True),
    element(2, 100, "ID 3/3", "ISO 4217 code", required=True),
)


def party() -> tuple[SegmentRule, ...]:
    """Return the rules of the segments that name a party and its address."""
    return (
        segment(
            "N1",
            "a party: ST ship to, SE supplier, BY operator, WH or SF the location that ships",
            element(1, 98, "ID 2/3", "which party", required=True),
            element(2, 93, "AN 1/60", "name"),
            element(3, 66, "ID 1/2", "kind of identifier (92: assigned by the buyer)"),
            element(4, 67, "AN 2/80", "identifier"),
        ),
        segment("N2", "more of the name", element(1, 93, "AN 1/60", "name")),
        segment(
            "N3",
            "street lines",
            element(1, 166, "AN 1/55", "street line", required=True),
            element(2, 166, "AN 1/55", "street line"),
        ),
        segment(
            "N4",
            "city",
            element(1, 19, "AN 2/30", "city"),
            element(2, 156, "ID 2/2", "state or province"),
            element(3, 116, "ID 3/15", "postal code"),
            element(4, 26, "ID 2/3", "country"),
        ),
    )


CONTACT = segment(
    "PER",
    "contact",
    element(1, 366, "ID 2/2", "whose contact", required=True),
    element(2, 93, "AN 1/60", "name"),
    element(3, 365, "ID 2/2", "TE telephone, EM e-mail"),
    element(4, 364, "AN 1/80", "number or address"),
    element(5, 365, "ID 2/2", "TE telephone, EM e-mail"),
    element(6, 364, "AN 1/80", "number or address"),
    within="N1",
)
REFERENCE = segment(
    "REF",
    "reference",
    element(1, 128, "ID 2/3", "which reference", required=True),
    element(2, 127, "AN 1/30", "reference"),
    element(3, 352, "AN 1/80", "description"),
)
