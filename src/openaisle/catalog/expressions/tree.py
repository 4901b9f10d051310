"""What an expression is made of once it is read and its types are known. Data only."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

import msgspec


class Kind(StrEnum):
    """What a part of an expression is. Texts and numbers may be missing; conditions never are."""

    TEXT = "text"
    NUMBER = "number"
    CONDITION = "condition"


FACTS: Mapping[str, Kind] = {
    "supplier_sku": Kind.TEXT,
    "title": Kind.TEXT,
    "gtin": Kind.TEXT,
    "product_reference": Kind.TEXT,
    "description": Kind.TEXT,
    "brand": Kind.TEXT,
    "part_number": Kind.TEXT,
    "category": Kind.TEXT,
    "weight_grams": Kind.NUMBER,
    "length_mm": Kind.NUMBER,
    "width_mm": Kind.NUMBER,
    "height_mm": Kind.NUMBER,
    "image_count": Kind.NUMBER,
    "price_minor": Kind.NUMBER,
    "currency": Kind.TEXT,
    "on_hand": Kind.NUMBER,
    "location": Kind.TEXT,
    "lead_time_days": Kind.NUMBER,
    "condition": Kind.TEXT,
    "variant_group": Kind.TEXT,
}
"""The facts of a product that an expression may name; all others are reached by ``attribute("name")``."""


class Text(msgspec.Struct, frozen=True, tag=True):
    """A text that stands in the expression."""

    text: str


class Number(msgspec.Struct, frozen=True, tag=True):
    """A number that stands in the expression, as it is written there."""

    digits: str


class Fact(msgspec.Struct, frozen=True, tag=True):
    """A fact of the product."""

    name: str


class Attribute(msgspec.Struct, frozen=True, tag=True):
    """A further attribute of the product, a text."""

    name: str


class Function(StrEnum):
    """Every function there is, apart from ``attribute`` and ``matches``."""

    LENGTH = "len"
    LOWER = "lower"
    NUMBER = "number"
    CONTAINS = "contains"
    STARTS_WITH = "starts_with"
    ENDS_WITH = "ends_with"


class Call(msgspec.Struct, frozen=True, tag=True):
    """A function with what it is given."""

    function: Function
    arguments: tuple[Node, ...]


class Matches(msgspec.Struct, frozen=True, tag=True):
    """Whether a pattern occurs in a text."""

    value: Node
    pattern: str


class Within(msgspec.Struct, frozen=True, tag=True):
    """Whether the product's category is this one or below it."""

    path: str


class Calculation(msgspec.Struct, frozen=True, tag=True):
    """Two numbers put together by ``+``, ``-``, ``*`` or ``/``."""

    sign: str
    left: Node
    right: Node


class Comparison(msgspec.Struct, frozen=True, tag=True):
    """Two values of one kind, compared by ``==``, ``!=``, ``<``, ``<=``, ``>`` or ``>=``."""

    sign: str
    left: Node
    right: Node


class Missing(msgspec.Struct, frozen=True, tag=True):
    """Whether a value is missing."""

    value: Node


class OneOf(msgspec.Struct, frozen=True, tag=True):
    """Whether a value is one of several texts or numbers."""

    value: Node
    choices: tuple[Text | Number, ...]


class Opposite(msgspec.Struct, frozen=True, tag=True):
    """``not``."""

    condition: Node


class Every(msgspec.Struct, frozen=True, tag=True):
    """``and``."""

    conditions: tuple[Node, ...]


class AnyOf(msgspec.Struct, frozen=True, tag=True):
    """``or``."""

    conditions: tuple[Node, ...]


Node = (
    Text
    | Number
    | Fact
    | Attribute
    | Call
    | Matches
    | Within
    | Calculation
    | Comparison
    | Missing
    | OneOf
    | Opposite
    | Every
    | AnyOf
)

_KINDS: Mapping[Function, Kind] = {
    Function.LENGTH: Kind.NUMBER,
    Function.LOWER: Kind.TEXT,
    Function.NUMBER: Kind.NUMBER,
}


def kind_of(node: Node, /) -> Kind:
    """Return what a part of an expression is."""
    match node:
        case Text() | Attribute():
            return Kind.TEXT
        case Number() | Calculation():
            return Kind.NUMBER
        case Fact(name):
            return FACTS[name]
        case Call(function):
            return _KINDS.get(function, Kind.CONDITION)
        case _:
            return Kind.CONDITION
