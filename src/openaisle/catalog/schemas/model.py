"""Schemas of categories: their data, and what may be said in them. Pure; no I/O, no clock."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from enum import StrEnum

import msgspec

from openaisle.catalog.expressions.parsing import ATTRIBUTE_NAME
from openaisle.catalog.expressions.tree import FACTS, Kind
from openaisle.kernel.errors import ChangedMeanwhile, Finding, RequestInvalid

ATTRIBUTES_MAXIMUM = 150
VALUES_MAXIMUM = 1_000
VALUE_LENGTH_MAXIMUM = 200
AXES_MAXIMUM = 5
NUMBER_MAXIMUM = 1e12
CHARACTERS_MAXIMUM = 200_000
_UNIT = re.compile(r"[A-Za-z0-9%°µ/²³ .\"-]{1,20}")
# A schema is about these facts in ways of its own, or not at all.
_RESERVED = frozenset({"supplier_sku", "category", "location"})


class AttributeType(StrEnum):
    """What the text of an attribute must be."""

    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"
    CHOICE = "choice"
    BOOLEAN = "boolean"
    DATE = "date"
    URL = "url"


class Consequence(StrEnum):
    """What happens to a product whose attribute is missing or wrong: refused, shown to a person, or just told."""

    REJECT = "reject"
    REVIEW = "review"
    WARN = "warn"


class SchemaUnfit(RequestInvalid):
    """A schema contradicts itself, or says what no schema can say; nothing was changed."""

    code = "category-schema-unfit"
    title = "The schema cannot be used"


class SchemaChangedMeanwhile(ChangedMeanwhile):
    """Somebody else changed the schema since it was read; nothing was changed."""

    code = "category-schema-changed-meanwhile"
    title = "The schema was changed meanwhile"
    mend = "Read the schema again, then send your change with its version."


class AttributeDefinition(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One attribute that a category knows.

    ``name`` is a fact of products (``brand``, ``weight_grams``) or an attribute (``color``). ``values`` are those of a
    choice, ``unit`` that of a number, which ``minimum`` and ``maximum`` bound. ``consequence`` is what happens if it is
    missing though ``is_required``, or wrong.
    """

    name: str
    label: str = ""
    type: AttributeType = AttributeType.TEXT
    is_required: bool = False
    consequence: Consequence = Consequence.WARN
    values: tuple[str, ...] = ()
    unit: str | None = None
    minimum: float | None = None
    maximum: float | None = None
    length_maximum: int | None = None
    explanation: str = ""

    @property
    def is_fact(self) -> bool:
        """Return whether it is one of the facts that every product has."""
        return self.name in FACTS

    @property
    def shown(self) -> str:
        """What people read: the label, or the name."""
        return self.label or self.name


class CategorySchema(msgspec.Struct, frozen=True, kw_only=True):
    """What one category asks beyond what those above it ask; ``root`` stands for all products.

    An attribute of a name that is asked above takes its place here and below. ``excluded`` are names asked above that
    this category does not know. ``variant_axes`` are the attributes in which products of one variant group differ;
    empty takes those from above. Where ``only_listed``, other attributes are told of.
    """

    category_id: str
    version: int
    attributes: tuple[AttributeDefinition, ...] = ()
    excluded: tuple[str, ...] = ()
    variant_axes: tuple[str, ...] = ()
    only_listed: bool = False
    note: str = ""
    changed_at: datetime
    changed_by: str


class SchemaContent(msgspec.Struct, frozen=True, kw_only=True):
    """What an operator writes of a schema."""

    attributes: tuple[AttributeDefinition, ...] = ()
    excluded: tuple[str, ...] = ()
    variant_axes: tuple[str, ...] = ()
    only_listed: bool = False


class SchemasState(msgspec.Struct, frozen=True, kw_only=True):
    """How often any schema was changed: whoever keeps all of them in memory asks this alone."""

    revision: int = 0


class InheritedAttribute(msgspec.Struct, frozen=True, kw_only=True):
    """An attribute in force in a category, and the category that asks for it."""

    attribute: AttributeDefinition
    from_category_id: str


class ResolvedSchema(msgspec.Struct, frozen=True, kw_only=True):
    """All that is in force in a category: its own schema over those above it."""

    category_id: str
    attributes: tuple[InheritedAttribute, ...] = ()
    variant_axes: tuple[str, ...] = ()
    only_listed: bool = False

    def definitions(self) -> tuple[AttributeDefinition, ...]:
        """Return the attributes, the required ones first."""
        found = [one.attribute for one in self.attributes]
        return tuple(sorted(found, key=lambda one: not one.is_required))


def resolved_schema(
    *, category_id: str, lineage: Sequence[str], schemas: Mapping[str, CategorySchema]
) -> ResolvedSchema:
    """Return what is in force in a category; ``lineage`` are the identifiers from ``root`` down to it."""
    attributes: dict[str, InheritedAttribute] = {}
    axes: tuple[str, ...] = ()
    only_listed = False
    for one in lineage:
        schema = schemas.get(one)
        if schema is None:
            continue
        for name in schema.excluded:
            attributes.pop(name, None)
        for attribute in schema.attributes:
            attributes[attribute.name] = InheritedAttribute(attribute=attribute, from_category_id=one)
        axes = schema.variant_axes or axes
        only_listed = only_listed or schema.only_listed
    return ResolvedSchema(
        category_id=category_id,
        attributes=tuple(attributes.values()),
        variant_axes=tuple(name for name in axes if name in attributes),
        only_listed=only_listed,
    )


def decide_schema(
    *,
    category_id: str,
    before: CategorySchema | None,
    content: SchemaContent,
    above: ResolvedSchema,
    note: str,
    expected_version: int | None,
    at: datetime,
    by: str,
) -> CategorySchema:
    """Return the next version of a category's schema; raises SchemaUnfit, SchemaChangedMeanwhile.

    ``above`` is what is in force right above it, ``expected_version`` the one that the writer saw (0: none).
    """
    version = before.version if before is not None else 0
    if expected_version is not None and expected_version != version:
        raise SchemaChangedMeanwhile(detail=f"It has version {version}, and {expected_version} was read.")
    require_content(content=content, above=above)
    return CategorySchema(
        category_id=category_id,
        version=version + 1,
        attributes=content.attributes,
        excluded=content.excluded,
        variant_axes=content.variant_axes,
        only_listed=content.only_listed,
        note=note,
        changed_at=at,
        changed_by=by,
    )


def require_content(*, content: SchemaContent, above: ResolvedSchema) -> None:
    """Raise SchemaUnfit, with a finding for each thing that no schema can say."""
    inherited = {one.attribute.name for one in above.attributes}
    findings = [*_attribute_findings(content), *_name_findings(content, inherited)]
    if len(msgspec.json.encode(content)) > CHARACTERS_MAXIMUM:
        findings.append(_finding("attributes", f"The schema has more than {CHARACTERS_MAXIMUM:,} characters."))
    if findings:
        raise SchemaUnfit(detail=findings[0].detail, findings=findings)


def _attribute_findings(content: SchemaContent) -> Iterator[Finding]:
    own = [one.name for one in content.attributes]
    if len(own) > ATTRIBUTES_MAXIMUM:
        yield _finding("attributes", f"There are more than {ATTRIBUTES_MAXIMUM} attributes.")
    for position, one in enumerate(content.attributes):
        told = _wrong(one)
        if own.index(one.name) != position:
            told = f"The attribute {one.name} stands there twice."
        if told is not None:
            yield _finding(f"attributes/{position}", told)


def _name_findings(content: SchemaContent, inherited: set[str]) -> Iterator[Finding]:
    own = {one.name for one in content.attributes}
    for position, name in enumerate(content.excluded):
        if name not in inherited or name in own:
            yield _finding(f"excluded/{position}", f"Nothing above asks for {name[:60]!r}, or it is asked here.")
    if len(set(content.variant_axes)) != len(content.variant_axes) or len(content.variant_axes) > AXES_MAXIMUM:
        yield _finding("variant_axes", f"There are at most {AXES_MAXIMUM} axes, each once.")
    known = (inherited - set(content.excluded)) | own
    for position, name in enumerate(content.variant_axes):
        if name not in known:
            yield _finding(f"variant_axes/{position}", f"{name[:60]!r} is no attribute of this category.")


def _wrong(one: AttributeDefinition) -> str | None:
    for check in (_wrong_name, _wrong_type, _wrong_values, _wrong_bounds):
        told = check(one)
        if told is not None:
            return told
    return None


def _wrong_name(one: AttributeDefinition) -> str | None:
    if ATTRIBUTE_NAME.fullmatch(one.name) is None:
        return f"{one.name[:60]!r} is no name: 1 to 100 letters, digits and signs of _ . : / ( ) -."
    if one.name in _RESERVED:
        return f"Every product has {one.name} by rules of its own."
    return None


def _wrong_type(one: AttributeDefinition) -> str | None:
    kind = FACTS.get(one.name)
    if kind is Kind.NUMBER and one.type is not AttributeType.INTEGER:
        return f"{one.name} is a whole number; its type is integer."
    if kind is Kind.NUMBER and one.unit is not None:
        return f"The unit of {one.name} stands in its name."
    if kind is Kind.TEXT and one.type not in (AttributeType.TEXT, AttributeType.CHOICE):
        return f"{one.name} is a text; its type is text or choice."
    if one.unit is not None and one.type not in (AttributeType.INTEGER, AttributeType.NUMBER):
        return "Only a number has a unit."
    if one.unit is not None and _UNIT.fullmatch(one.unit) is None:
        return "A unit has 1 to 20 letters, such as cm, kWh or °C."
    return None


def _wrong_values(one: AttributeDefinition) -> str | None:
    if (one.type is AttributeType.CHOICE) is not bool(one.values):
        return "A choice has a list of values, and nothing else has one."
    folded = [value.casefold() for value in one.values]
    if len(set(folded)) != len(folded) or len(folded) > VALUES_MAXIMUM:
        return f"There are at most {VALUES_MAXIMUM} values, each once whatever its case."
    if any(not 0 < len(value) <= VALUE_LENGTH_MAXIMUM or value != " ".join(value.split()) for value in one.values):
        return f"A value has 1 to {VALUE_LENGTH_MAXIMUM} characters, and single blanks between words."
    return None


def _wrong_bounds(one: AttributeDefinition) -> str | None:
    bounds = [bound for bound in (one.minimum, one.maximum) if bound is not None]
    if bounds and one.type not in (AttributeType.INTEGER, AttributeType.NUMBER):
        return "Only a number has a minimum and a maximum."
    if any(not abs(bound) <= NUMBER_MAXIMUM for bound in bounds):
        return f"A bound is at most {NUMBER_MAXIMUM:.0f}."
    if len(bounds) == 2 and bounds[0] > bounds[1]:
        return "The minimum is greater than the maximum."
    if one.length_maximum is not None and (one.type is not AttributeType.TEXT or not 1 <= one.length_maximum <= 10_000):
        return "Only a text has a greatest length, from 1 to 10,000 characters."
    return None


def _finding(pointer: str, told: str) -> Finding:
    return Finding(pointer=f"/{pointer}", detail=told)
