"""Which source of a product wins for which fact: contributions, the operator's rule, and the merged record. Pure.

A product with one source has no contributions: its record is what that source says. Contributions are kept from the
second source on, so that a first feed of a million products costs nothing for what it does not need.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

import msgspec

from openaisle.catalog.model import Product

OPERATOR_SOURCE = "operator"
ATTRIBUTE_PREFIX = "attributes."

# What identifies a product is no matter of taste: the first source that knows it says it.
_IDENTIFYING = ("gtin", "product_reference")
_DESCRIBING = (
    "title",
    "description",
    "brand",
    "part_number",
    "category",
    "variant_group",
    "weight_grams",
    "length_mm",
    "width_mm",
    "height_mm",
    "image_count",
    "image_urls",
)
CONTRIBUTED_FIELDS = (*_IDENTIFYING, *_DESCRIBING, "attributes")

Value = Any
FieldName = Annotated[str, msgspec.Meta(min_length=1, max_length=120)]
SupplierId = Annotated[str, msgspec.Meta(min_length=1, max_length=60)]


class MergeStrategy(StrEnum):
    """How the word that counts is chosen among those of several sources.

    ``first``: of the source that made the product, then of those that joined, in their order. ``newest``: of the
    source that changed last. ``longest``: the longest text, else the largest number. Who says nothing never wins.
    """

    FIRST = "first"
    NEWEST = "newest"
    LONGEST = "longest"


class FieldRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """The rule of one fact: preferred suppliers in their order, then the strategy among the others."""

    strategy: MergeStrategy = MergeStrategy.FIRST
    preferred_suppliers: Annotated[tuple[SupplierId, ...], msgspec.Meta(max_length=50)] = ()


class MergeRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """The operator's rule: one for every fact, and others for single facts (``title``, ``attributes.color``).

    ``join_certain_twins`` says whether products that are certainly one (the same brand and part number) are joined
    without asking a person.
    """

    join_certain_twins: bool = True
    standard: FieldRule = FieldRule()
    fields: Annotated[Mapping[FieldName, FieldRule], msgspec.Meta(max_length=300)] = msgspec.field(default_factory=dict)

    def of(self, *, field: str) -> FieldRule:
        """Return the rule of a fact; one of all attributes stands under ``attributes``."""
        found = self.fields.get(field)
        if found is None and field.startswith(ATTRIBUTE_PREFIX):
            found = self.fields.get("attributes")
        return found or self.standard


STANDARD_MERGE_RULE = MergeRule()


class Contribution(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What one source says of a product: a supplier's accepted facts, or the operator's own word.

    ``values`` holds the facts by name, attributes as ``attributes.<name>``; ``joined_at`` is when the source first
    spoke of the product. ``supplier_sku`` is the article by which a supplier speaks, the first that named the product.
    ``from_product`` names the product with which the contribution came in a merge by hand.
    """

    product_id: str
    source: str
    values: Mapping[str, Value]
    joined_at: datetime
    changed_at: datetime
    supplier_sku: str = ""
    from_product: str | None = None


def values_of(*, facts: msgspec.Struct) -> dict[str, Value]:
    """Return what facts (of a submission or a product) say, without what they leave open."""
    found: dict[str, Value] = {}
    for name in CONTRIBUTED_FIELDS:
        value = getattr(facts, name)
        if name == "attributes":
            found |= {f"{ATTRIBUTE_PREFIX}{attribute}": text for attribute, text in sorted(value.items()) if text}
        elif value not in (None, "", ()):
            found[name] = value
    return found


def original_contribution(*, product: Product) -> Contribution:
    """Return what the only source of a product says, which is what the record itself says."""
    return Contribution(
        product_id=product.product_id,
        source=product.supplier_id,
        values=values_of(facts=product),
        joined_at=product.created_at,
        changed_at=product.changed_at,
        supplier_sku=product.supplier_sku,
    )


def contribution_of(
    *,
    product_id: str,
    source: str,
    values: Mapping[str, Value],
    before: Contribution | None,
    at: datetime,
    supplier_sku: str = "",
) -> Contribution:
    """Return what a source says now; the very same as ``before`` if it says nothing new."""
    if before is not None and before.values == _comparable(values):
        return before
    return Contribution(
        product_id=product_id,
        source=source,
        values=_comparable(values),
        joined_at=before.joined_at if before else at,
        changed_at=at,
        supplier_sku=supplier_sku,
        from_product=before.from_product if before else None,
    )


def merged(*, product: Product, contributions: Iterable[Contribution], rule: MergeRule, at: datetime) -> Product:
    """Return the product with the facts that win, and whose they are; the very same if nothing changes.

    ``sources`` of the product names the source of every fact that is not from the supplier who made it.
    """
    ordered = sorted(contributions, key=lambda one: (one.source != OPERATOR_SOURCE, one.joined_at, one.source))
    stated: dict[str, Value] = {}
    sources: dict[str, str] = {}
    for field in dict.fromkeys(name for one in ordered for name in one.values):
        winner = _winner(field=field, contributions=[one for one in ordered if field in one.values], rule=rule)
        stated[field] = winner.values[field]
        if winner.source != product.supplier_id:
            sources[field] = winner.source
    changes: dict[str, Value] = {name: stated.get(name, _absent(name)) for name in (*_IDENTIFYING, *_DESCRIBING)}
    changes["image_urls"] = tuple(changes["image_urls"])
    changes["attributes"] = {
        name.removeprefix(ATTRIBUTE_PREFIX): stated[name]
        for name in sorted(stated)
        if name.startswith(ATTRIBUTE_PREFIX)
    }
    if not changes["title"]:
        changes["title"] = product.title
    changed = msgspec.structs.replace(product, **changes, sources=dict(sorted(sources.items())))
    return product if changed == product else msgspec.structs.replace(changed, changed_at=at)


def _winner(*, field: str, contributions: Sequence[Contribution], rule: MergeRule) -> Contribution:
    first = contributions[0]
    if first.source == OPERATOR_SOURCE or field in _IDENTIFYING:
        return first
    chosen = rule.of(field=field)
    for supplier_id in chosen.preferred_suppliers:
        for one in contributions:
            if one.source == supplier_id:
                return one
    if chosen.strategy is MergeStrategy.NEWEST:
        return max(contributions, key=lambda one: (one.changed_at, one.source))
    if chosen.strategy is MergeStrategy.LONGEST:
        # Of equals the earlier one wins, since max keeps the first that it meets.
        return max(contributions, key=lambda one: _extent(one.values[field]))
    return first


def _extent(value: Value) -> int:
    return value if isinstance(value, int) else len(value)


def _absent(name: str) -> Value:
    if name == "title":
        return ""
    return () if name == "image_urls" else None


def _comparable(values: Mapping[str, Value]) -> dict[str, Value]:
    """Return values as they come back from the table, where every sequence is a list."""
    return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}
