"""The tree of categories, and what a category asks of its products."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from openaisle.catalog.expressions.tree import FACTS
from openaisle.catalog.schemas.model import (
    AttributeDefinition,
    AttributeType,
    CategorySchema,
    Consequence,
    InheritedAttribute,
    ResolvedSchema,
)
from openaisle.catalog.taxonomy.model import ROOT_ID, CategoryTree, CategoryTreeFacts
from openaisle.entrypoints.console.formats import actor_text
from openaisle.entrypoints.console.views.common import Fact, HistoryEntry

LIST_HREF = "/console/categories"
ALL_PRODUCTS = "All products"
_SHOWN_VALUES = 8
CONSEQUENCES: Mapping[Consequence, str] = {
    Consequence.REJECT: "refuse the product",
    Consequence.REVIEW: "ask a person",
    Consequence.WARN: "warn the supplier",
}
TYPES: Mapping[AttributeType, str] = {
    AttributeType.TEXT: "text",
    AttributeType.INTEGER: "whole number",
    AttributeType.NUMBER: "number",
    AttributeType.CHOICE: "one of a list",
    AttributeType.BOOLEAN: "true or false",
    AttributeType.DATE: "date",
    AttributeType.URL: "web address",
}


class CategoryLink(msgspec.Struct, frozen=True, kw_only=True):
    """A category as a link; ``below`` are how many stand right below it, ``asked`` what it asks itself."""

    href: str
    name: str
    under: str = ""
    below: int = 0
    asked: int = 0
    score: str = ""


class AttributeRow(msgspec.Struct, frozen=True, kw_only=True):
    """One attribute in force; ``source`` is the category that asks for it, ``is_own`` whether it is this one."""

    name: str
    label: str
    what: str
    is_required: bool
    consequence: str
    source: CategoryLink
    is_own: bool
    is_axis: bool
    edit_href: str


class CategoryPage(msgspec.Struct, frozen=True, kw_only=True):
    """One category, or the root: what is below it, and what it asks."""

    category_id: str
    title: str
    trail: tuple[CategoryLink, ...]
    categories: tuple[CategoryLink, ...]
    attributes: tuple[AttributeRow, ...]
    excluded: tuple[str, ...]
    axes: str
    own_axes: str
    only_listed: bool
    facts: tuple[Fact, ...]
    versions: tuple[HistoryEntry, ...]
    text: str
    found: tuple[CategoryLink, ...]
    is_loaded: bool


class AttributePage(msgspec.Struct, frozen=True, kw_only=True):
    """The form of one attribute, filled as it is or as it was sent."""

    category_id: str
    category: str
    replaces: str
    inherited_from: str
    entered: Mapping[str, str]
    types: tuple[tuple[str, str], ...]
    consequences: tuple[tuple[str, str], ...]
    known_facts: tuple[str, ...]


def href_of(category_id: str) -> str:
    """Return the address of a category's page."""
    return LIST_HREF if category_id == ROOT_ID else f"{LIST_HREF}/{category_id}"


def category_page(
    *,
    category_id: str,
    tree: CategoryTree,
    tree_facts: CategoryTreeFacts | None,
    schemas: Mapping[str, CategorySchema],
    resolved: ResolvedSchema,
    versions: Sequence[CategorySchema],
    text: str,
) -> CategoryPage:
    """Return the page of a category; ``text`` is what was looked for."""
    lineage = tree.lineage(category_id=category_id)
    own = schemas.get(category_id)
    return CategoryPage(
        category_id=category_id,
        title=lineage[-1].name if lineage else "Categories",
        trail=(
            CategoryLink(href=LIST_HREF, name=ALL_PRODUCTS),
            *(CategoryLink(href=href_of(one.category_id), name=one.name) for one in lineage[:-1]),
        ),
        categories=tuple(
            CategoryLink(
                href=href_of(one.category_id),
                name=one.name,
                below=len(tree.children(category_id=one.category_id)),
                asked=len(schemas[one.category_id].attributes) if one.category_id in schemas else 0,
            )
            for one in tree.children(category_id=category_id)
        ),
        attributes=tuple(_row(one, category_id, tree, resolved) for one in resolved.attributes),
        excluded=own.excluded if own is not None else (),
        axes=", ".join(resolved.variant_axes),
        own_axes=", ".join(own.variant_axes) if own is not None else "",
        only_listed=own.only_listed if own is not None else False,
        facts=_facts(category_id, tree, tree_facts),
        versions=tuple(_version(one) for one in versions),
        text=text,
        found=_found(tree, text),
        is_loaded=tree_facts is not None,
    )


def attribute_page(
    *, category_id: str, category: str, found: InheritedAttribute | None, entered: Mapping[str, str] | None
) -> AttributePage:
    """Return the form of an attribute: a new one, or one in force in the category."""
    inherited_from = ""
    if found is not None and found.from_category_id != category_id:
        inherited_from = ALL_PRODUCTS if found.from_category_id == ROOT_ID else found.from_category_id
    return AttributePage(
        category_id=category_id,
        category=category,
        replaces=found.attribute.name if found is not None else "",
        inherited_from=inherited_from,
        entered=entered if entered is not None else _entered(found.attribute if found is not None else None),
        types=tuple((one.value, told) for one, told in TYPES.items()),
        consequences=tuple((one.value, told) for one, told in CONSEQUENCES.items()),
        known_facts=tuple(FACTS),
    )


def _entered(one: AttributeDefinition | None) -> dict[str, str]:
    if one is None:
        one = AttributeDefinition(name="")
    return {
        "name": one.name,
        "label": one.label,
        "type": one.type.value,
        "is_required": "yes" if one.is_required else "",
        "consequence": one.consequence.value,
        "values": "\n".join(one.values),
        "unit": one.unit or "",
        "minimum": f"{one.minimum:g}" if one.minimum is not None else "",
        "maximum": f"{one.maximum:g}" if one.maximum is not None else "",
        "length_maximum": str(one.length_maximum) if one.length_maximum is not None else "",
        "explanation": one.explanation,
        "note": "",
    }


def _row(one: InheritedAttribute, category_id: str, tree: CategoryTree, resolved: ResolvedSchema) -> AttributeRow:
    attribute, source = one.attribute, one.from_category_id
    name = ALL_PRODUCTS if source == ROOT_ID else tree.get(category_id=source).name
    return AttributeRow(
        name=attribute.name,
        label=attribute.shown,
        what=_what(attribute),
        is_required=attribute.is_required,
        consequence=CONSEQUENCES[attribute.consequence],
        source=CategoryLink(href=href_of(source), name=name),
        is_own=source == category_id,
        is_axis=attribute.name in resolved.variant_axes,
        edit_href=f"{LIST_HREF}/{category_id}/attribute?name={attribute.name}",
    )


def _what(one: AttributeDefinition) -> str:
    told = TYPES[one.type]
    if one.values:
        more = len(one.values) - _SHOWN_VALUES
        told = ", ".join(one.values[:_SHOWN_VALUES]) + (f" and {more} more" if more > 0 else "")
    if one.unit:
        told += f" in {one.unit}"
    if one.minimum is not None:
        told += f", at least {one.minimum:g}"
    if one.maximum is not None:
        told += f", at most {one.maximum:g}"
    if one.length_maximum is not None:
        told += f", up to {one.length_maximum} characters"
    return told


def _facts(category_id: str, tree: CategoryTree, facts: CategoryTreeFacts | None) -> tuple[Fact, ...]:
    if category_id != ROOT_ID:
        category = tree.get(category_id=category_id)
        return (
            Fact(label="Identifier", value=category.category_id, code=True),
            Fact(label="Path", value=category.text),
            Fact(label="Below it", value=f"{sum(1 for _ in tree.below(category_id=category_id)) - 1:,} categories"),
        )
    if facts is None:
        return ()
    return (
        Fact(label="Categories", value=f"{facts.category_count:,} in {facts.level_count} levels"),
        Fact(label="From", value=facts.source),
        Fact(label="Version", value=str(facts.version)),
        Fact(label="Loaded by", value=actor_text(actor=facts.loaded_by)),
    )


def _version(one: CategorySchema) -> HistoryEntry:
    attributes = len(one.attributes)
    told = f"{attributes} {'attribute' if attributes == 1 else 'attributes'} of its own"
    return HistoryEntry(
        at=one.changed_at,
        title=f"Version {one.version}",
        detail=f"{one.note} ({told})" if one.note else told,
        actor=actor_text(actor=one.changed_by),
        state="good",
    )


def _found(tree: CategoryTree, text: str) -> tuple[CategoryLink, ...]:
    return tuple(
        CategoryLink(
            href=href_of(one.category.category_id),
            name=one.category.name,
            under=one.category.text,
            score=f"{one.score:.0%}",
        )
        for one in (tree.suggest(text, limit=10) if text else ())
    )
