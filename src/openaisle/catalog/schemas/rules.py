"""Schemas as rules over whole tables: one rule for each thing that an attribute may lack or get wrong.

A rule holds where its attribute is defined and below, but for the categories that define it anew or exclude it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum

from openaisle.catalog.expressions.rendering import category_within_sql
from openaisle.catalog.issues import Severity
from openaisle.catalog.schemas.model import AttributeDefinition, AttributeType, CategorySchema, Consequence
from openaisle.catalog.table_rules import TableRule, attribute_sql, fixed_message_sql
from openaisle.catalog.taxonomy.model import ROOT_ID, CategoryTree
from openaisle.kernel.tabular import quoted_name, quoted_text

_SHOWN_CHARACTERS = 80
_PATTERNS: Mapping[AttributeType, str] = {
    AttributeType.INTEGER: r"[+-]?[0-9]{1,12}",
    AttributeType.NUMBER: r"[+-]?[0-9]{1,12}([.][0-9]{1,9})?",
    AttributeType.DATE: r"[0-9]{4}-[0-9]{2}-[0-9]{2}",
    AttributeType.URL: r"(?i)https?://\S{1,1000}",
}
_TRUTHS = ("true", "false", "yes", "no", "1", "0")


class SchemaIssue(StrEnum):
    """Every issue that a schema may raise; the code is stable and part of the API."""

    CATEGORY_UNKNOWN = "category_unknown"
    ATTRIBUTE_MISSING = "attribute_missing"
    ATTRIBUTE_UNREADABLE = "attribute_unreadable"
    ATTRIBUTE_NOT_LISTED = "attribute_not_listed"
    ATTRIBUTE_OUT_OF_RANGE = "attribute_out_of_range"
    ATTRIBUTE_TOO_LONG = "attribute_too_long"
    ATTRIBUTE_UNKNOWN = "attribute_unknown"
    VARIANT_AXIS_MISSING = "variant_axis_missing"


def schema_rules(*, tree: CategoryTree, schemas: Mapping[str, CategorySchema]) -> tuple[TableRule, ...]:
    """Return the rules of all schemas; those of categories that the tree does not have hold nowhere."""
    known = {one.category_id for one in tree.categories} | {ROOT_ID}
    in_force = {name: schema for name, schema in schemas.items() if name in known}
    return (*_tree_rules(tree), *(rule for one in in_force.values() for rule in _Rules(tree, in_force, one).made()))


def _tree_rules(tree: CategoryTree) -> Iterator[TableRule]:
    if not len(tree):
        return
    known = ", ".join(quoted_text(spelling) for spelling, _ in tree.spellings())
    yield TableRule(
        code=SchemaIssue.CATEGORY_UNKNOWN,
        field="category",
        severity=Severity.WARNING,
        where_sql="true",
        message_sql=f"concat('The category ', {_shown('category')}, ' is not one of this marketplace.')",
        scope_sql=f"lower(category) NOT IN ({known})",
        suggestion="Take a category of the marketplace's tree, by its path or its identifier.",
    )


class _Rules:
    """The rules of one category's own schema."""

    def __init__(self, tree: CategoryTree, schemas: Mapping[str, CategorySchema], schema: CategorySchema) -> None:
        self._tree = tree
        self._schemas = schemas
        self._schema = schema
        below = {one.category_id for one in tree.below(category_id=schema.category_id)} - {schema.category_id}
        self._below = [one for name, one in schemas.items() if name in below]

    def made(self) -> Iterator[TableRule]:
        for attribute in self._schema.attributes:
            scope = self._scope(attribute.name)
            yield from _attribute_rules(attribute, scope)
        axes = self._schema.variant_axes
        unless = [one.category_id for one in self._below if one.variant_axes]
        for name in axes:
            yield TableRule(
                code=SchemaIssue.VARIANT_AXIS_MISSING,
                field=name,
                severity=Severity.WARNING,
                where_sql=f"variant_group IS NOT NULL AND {_value(name)} IS NULL",
                message_sql=fixed_message_sql(text=f"Products of a variant group differ in {', '.join(axes)}."),
                scope_sql=self._where(unless),
                suggestion=f"Give {name} for each product of the group.",
                doubtful=True,
            )
        if self._schema.only_listed:
            yield from self._unlisted()

    def _scope(self, name: str) -> str:
        again = [one for one in self._below if name in one.excluded or any(name == two.name for two in one.attributes)]
        return self._where([one.category_id for one in again])

    def _where(self, unless: list[str]) -> str:
        scopes = [_within(self._tree, self._schema.category_id)]
        scopes += [f"NOT {_within(self._tree, category_id)}" for category_id in unless]
        return " AND ".join(one for one in scopes if one)

    def _unlisted(self) -> Iterator[TableRule]:
        # What is known in a category below, or above, is known here too: nobody is told of more than they can mend.
        schemas = [self._schema, *self._below]
        lineage = [ROOT_ID, *(one.category_id for one in self._tree.lineage(category_id=self._schema.category_id))]
        names = {one.name for schema in schemas for one in schema.attributes if not one.is_fact}
        names |= {one.name for above in lineage if above in self._schemas for one in self._schemas[above].attributes}
        known = ", ".join(quoted_text(name) for name in sorted(names))
        others = f"list_filter(json_keys(attributes), lambda one: one NOT IN ({known or quoted_text('')}))"
        yield TableRule(
            code=SchemaIssue.ATTRIBUTE_UNKNOWN,
            field="attributes",
            severity=Severity.INFO,
            where_sql=f"coalesce(len({others}) > 0, false)",
            message_sql=f"concat('Not known in this category: ', left(array_to_string({others}, ', '), 200), '.')",
            scope_sql=self._where([]),
            suggestion="Leave it out, or ask the marketplace to take it into the category's schema.",
        )


def _attribute_rules(one: AttributeDefinition, scope: str) -> Iterator[TableRule]:
    value = _value(one.name)
    if one.is_required:
        yield _rule(
            one,
            scope,
            code=SchemaIssue.ATTRIBUTE_MISSING,
            where=f"{value} IS NULL",
            message=fixed_message_sql(text=f"The category asks for {one.shown}."),
        )
    yield from _type_rules(one, scope, value)
    if one.length_maximum is not None:
        yield _rule(
            one,
            scope,
            code=SchemaIssue.ATTRIBUTE_TOO_LONG,
            where=f"length({value}) > {one.length_maximum:d}",
            message=f"concat({quoted_text(one.shown + ' has ')}, length({value}), "
            f"{quoted_text(f' characters; {one.length_maximum:d} are allowed.')})",
        )
    bounds = _bounds_sql(one, value)
    if bounds:
        yield _rule(
            one,
            scope,
            code=SchemaIssue.ATTRIBUTE_OUT_OF_RANGE,
            where=f"coalesce({bounds}, false)",
            message=_told(one, value, f"is not {_range_text(one)}."),
        )


def _type_rules(one: AttributeDefinition, scope: str, value: str) -> Iterator[TableRule]:
    if one.type is AttributeType.CHOICE:
        listed = ", ".join(quoted_text(choice.lower()) for choice in one.values)
        shown = ", ".join(one.values[:12]) + (", …" if len(one.values) > 12 else "")
        yield _rule(
            one,
            scope,
            code=SchemaIssue.ATTRIBUTE_NOT_LISTED,
            where=f"coalesce(lower({value}) NOT IN ({listed}), false)",
            message=_told(one, value, f"is none of {shown}."),
        )
        return
    fits = _fits_sql(one, value)
    if fits:
        yield _rule(
            one,
            scope,
            code=SchemaIssue.ATTRIBUTE_UNREADABLE,
            where=f"{value} IS NOT NULL AND NOT {fits}",
            message=_told(one, value, f"is no {_type_text(one)}."),
        )


def _fits_sql(one: AttributeDefinition, value: str) -> str:
    pattern = _PATTERNS.get(one.type)
    if one.is_fact or (pattern is None and one.type is not AttributeType.BOOLEAN):
        return ""
    if pattern is None:
        return f"(lower({value}) IN ({', '.join(quoted_text(truth) for truth in _TRUTHS)}))"
    fits = f"regexp_full_match({value}, {quoted_text(pattern)})"
    if one.type is AttributeType.DATE:
        fits = f"({fits} AND TRY_CAST({value} AS DATE) IS NOT NULL)"
    return fits


def _bounds_sql(one: AttributeDefinition, value: str) -> str:
    number = value if one.is_fact else f"TRY_CAST({value} AS DOUBLE)"
    sides = []
    if one.minimum is not None:
        sides.append(f"{number} < CAST({one.minimum!r} AS DOUBLE)")
    if one.maximum is not None:
        sides.append(f"{number} > CAST({one.maximum!r} AS DOUBLE)")
    return " OR ".join(sides)


def _rule(one: AttributeDefinition, scope: str, *, code: SchemaIssue, where: str, message: str) -> TableRule:
    return TableRule(
        code=code,
        field=one.name if one.is_fact else f"attribute.{one.name}",
        severity=Severity.ERROR if one.consequence is Consequence.REJECT else Severity.WARNING,
        where_sql=where,
        message_sql=message,
        scope_sql=scope,
        suggestion=suggestion_text(attribute=one),
        doubtful=one.consequence is Consequence.REVIEW,
    )


def suggestion_text(*, attribute: AttributeDefinition) -> str:
    """Return what an attribute must be, in one sentence for a supplier."""
    if attribute.explanation:
        return attribute.explanation
    match attribute.type:
        case AttributeType.CHOICE:
            return f"Send one of {', '.join(attribute.values[:12])}{', …' if len(attribute.values) > 12 else ''}."
        case AttributeType.INTEGER | AttributeType.NUMBER:
            bounds = _range_text(attribute)
            return f"Send {_type_text(attribute, article=True)}{f' {bounds}' if bounds else ''}."
        case _:
            return f"Send {_type_text(attribute, article=True)}."


def _type_text(one: AttributeDefinition, *, article: bool = False) -> str:
    unit = f" of {one.unit}" if one.unit else ""
    text, with_article = {
        AttributeType.INTEGER: ("whole number" + unit, "a whole number" + unit),
        AttributeType.NUMBER: ("plain number" + unit, f"a plain number{unit}, such as 12.5"),
        AttributeType.BOOLEAN: ("true or false", "true or false"),
        AttributeType.DATE: ("date such as 2026-05-31", "a date such as 2026-05-31"),
        AttributeType.URL: ("web address", "a web address with https://"),
    }.get(one.type, ("text", "a text"))
    return with_article if article else text


def _range_text(one: AttributeDefinition) -> str:
    if one.minimum is not None and one.maximum is not None:
        return f"from {one.minimum:g} to {one.maximum:g}"
    if one.minimum is not None:
        return f"at least {one.minimum:g}"
    return f"at most {one.maximum:g}" if one.maximum is not None else ""


def _told(one: AttributeDefinition, value: str, ending: str) -> str:
    return f"concat({quoted_text(one.shown + ': ')}, {_shown(value)}, {quoted_text(' ' + ending)})"


def _shown(value: str) -> str:
    return f"left(CAST({value} AS VARCHAR), {_SHOWN_CHARACTERS})"


def _value(name: str) -> str:
    if AttributeDefinition(name=name).is_fact:
        return quoted_name(name)
    return f"nullif(trim({attribute_sql(name=name)}), '')"


def _within(tree: CategoryTree, category_id: str) -> str:
    """Return the condition that a row is of a category or below: by its path, or by an identifier."""
    if category_id == ROOT_ID:
        return ""
    by_path = category_within_sql(path=tree.get(category_id=category_id).text)
    listed = ", ".join(quoted_text(one.category_id) for one in tree.below(category_id=category_id))
    return f"({by_path} OR coalesce(category IN ({listed}), false))"
