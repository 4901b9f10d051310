"""Schemas of categories, with only what a test is about."""

from __future__ import annotations

from typing import Any

from openaisle.catalog.schemas.model import AttributeDefinition, AttributeType, CategorySchema, Consequence
from tests.factories.contexts import NOON


def make_attribute(name: str = "color", **facts: Any) -> AttributeDefinition:
    return AttributeDefinition(name=name, **facts)


def make_choice(name: str = "color", *values: str, **facts: Any) -> AttributeDefinition:
    return AttributeDefinition(name=name, type=AttributeType.CHOICE, values=values or ("red", "blue"), **facts)


def make_schema(category_id: str = "3", *attributes: AttributeDefinition, **facts: Any) -> CategorySchema:
    return CategorySchema(
        category_id=category_id, version=1, attributes=attributes, changed_at=NOON, changed_by="operator:ana", **facts
    )


REJECT = Consequence.REJECT
REVIEW = Consequence.REVIEW
