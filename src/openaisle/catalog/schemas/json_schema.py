"""A category's schema as JSON Schema (2020-12), for suppliers who check before they send. Pure; no I/O."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from openaisle.catalog.expressions.tree import FACTS, Kind
from openaisle.catalog.schemas.model import AttributeDefinition, AttributeType, ResolvedSchema
from openaisle.catalog.schemas.rules import suggestion_text

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_REQUIRED_FACTS = ("supplier_sku", "title", "price_minor", "currency", "on_hand")
_PATTERNS: Mapping[AttributeType, str] = {
    AttributeType.INTEGER: "^[+-]?[0-9]{1,12}$",
    AttributeType.NUMBER: "^[+-]?[0-9]{1,12}([.][0-9]{1,9})?$",
    AttributeType.BOOLEAN: "^([Tt][Rr][Uu][Ee]|[Ff][Aa][Ll][Ss][Ee]|[Yy][Ee][Ss]|[Nn][Oo]|1|0)$",
}


def json_schema_of(*, schema: ResolvedSchema, title: str) -> dict[str, Any]:
    """Return the JSON Schema of one entry of ``submissions`` of POST /v1/product-submissions in this category.

    Attributes are texts in the API, so the bounds of a number among them stand as ``x-minimum`` and ``x-maximum``.
    What only warns is described but not required.
    """
    facts: dict[str, Any] = {name: _fact(name) for name in FACTS}
    facts["category"] = {"type": "string", "description": f"This category: {title}."}
    facts["image_urls"] = {"type": "array", "items": {"type": "string", "format": "uri"}, "maxItems": 20}
    attributes: dict[str, Any] = {}
    required = dict.fromkeys(_REQUIRED_FACTS, True)
    required_attributes = []
    for one in schema.definitions():
        if one.is_fact:
            facts[one.name] = _described(one, facts[one.name])
            if one.is_required:
                required[one.name] = True
        else:
            attributes[one.name] = _described(one, {"type": "string"})
            if one.is_required:
                required_attributes.append(one.name)
    if required_attributes:
        required["attributes"] = True
    facts["attributes"] = {
        "type": "object",
        "properties": attributes,
        "required": required_attributes,
        "additionalProperties": {"type": "string"},
    }
    return {
        "$schema": _DIALECT,
        "title": title,
        "type": "object",
        "properties": facts,
        "required": list(required),
        "additionalProperties": False,
        "x-variant-axes": list(schema.variant_axes),
    }


def _fact(name: str) -> dict[str, Any]:
    return {"type": "integer"} if FACTS[name] is Kind.NUMBER else {"type": "string"}


def _described(one: AttributeDefinition, base: Mapping[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {**base, "title": one.shown, "description": suggestion_text(attribute=one)}
    if one.type is AttributeType.CHOICE:
        made["enum"] = list(one.values)
    if one.type in _PATTERNS and not one.is_fact:
        made["pattern"] = _PATTERNS[one.type]
    if one.type is AttributeType.DATE:
        made["format"] = "date"
    if one.type is AttributeType.URL:
        made["format"] = "uri"
    if one.length_maximum is not None:
        made["maxLength"] = one.length_maximum
    prefix = "" if one.is_fact else "x-"
    if one.minimum is not None:
        made[f"{prefix}minimum"] = one.minimum
    if one.maximum is not None:
        made[f"{prefix}maximum"] = one.maximum
    if one.unit is not None:
        made["x-unit"] = one.unit
    made["x-consequence"] = one.consequence.value
    return made
