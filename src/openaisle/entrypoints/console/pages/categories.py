"""The pages of categories: the tree, what each category asks, and the forms that change it."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

import msgspec
from starlette.responses import Response

from openaisle.catalog.schemas.exports import SchemaExports
from openaisle.catalog.schemas.model import AttributeDefinition, AttributeType, Consequence, SchemaUnfit
from openaisle.catalog.schemas.queries import SchemaQueries
from openaisle.catalog.schemas.use_cases import CategorySchemas
from openaisle.catalog.taxonomy.model import ROOT_ID
from openaisle.catalog.taxonomy.queries import TaxonomyQueries
from openaisle.entrypoints.console.views.categories import (
    ALL_PRODUCTS,
    attribute_page,
    category_page,
    href_of,
)
from openaisle.entrypoints.console.visits import Visit
from openaisle.kernel.errors import OpenAisleError

_VERSIONS = 10
_NAME_MAXIMUM = 100
_FIELDS = (
    *("name", "label", "type", "is_required", "consequence", "values", "unit", "minimum", "maximum"),
    *("length_maximum", "explanation", "note"),
)
_SPREADSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class CategoryPages:
    """The tree and the schema editor."""

    def __init__(
        self,
        *,
        taxonomy: TaxonomyQueries,
        schemas: SchemaQueries,
        use_cases: CategorySchemas,
        exports: SchemaExports,
    ) -> None:
        """Take the queries of the tree and of schemas, the use cases that change them, and their exports."""
        self._taxonomy = taxonomy
        self._schemas = schemas
        self._use_cases = use_cases
        self._exports = exports

    async def top(self, visit: Visit) -> Response:
        """Show the topmost categories, and what is asked of all products."""
        return await self._shown(visit, category_id=ROOT_ID)

    async def detail(self, visit: Visit) -> Response:
        """Show one category."""
        return await self._shown(visit, category_id=visit.path(name="category_id"))

    async def attribute(self, visit: Visit) -> Response:
        """Show the form of an attribute: a new one, or the one that the query names."""
        return await self._form(visit, name=visit.asked(name="name"))

    async def save_attribute(self, visit: Visit) -> Response:
        """Keep an attribute of a category."""
        category_id = visit.path(name="category_id")
        try:
            await self._use_cases.put_attribute(
                category_id=category_id,
                attribute=_attribute(visit.form),
                replaces=visit.form.get("replaces", "")[:_NAME_MAXIMUM] or None,
                note=visit.form.get("note", "")[:500],
                context=visit.context,
            )
        except OpenAisleError as error:
            return await self._form(visit, name=visit.form.get("replaces", ""), problem=error)
        return _done(visit, category_id)

    async def remove_attribute(self, visit: Visit) -> Response:
        """Take an attribute out of a category."""
        category_id = visit.path(name="category_id")
        name = visit.required(name="name", maximum=_NAME_MAXIMUM)
        try:
            await self._use_cases.remove_attribute(
                category_id=category_id, name=name, note=f"{name} removed", context=visit.context
            )
        except OpenAisleError as error:
            return await self._shown(visit, category_id=category_id, problem=error)
        return _done(visit, category_id)

    async def restore_attribute(self, visit: Visit) -> Response:
        """Ask again for an attribute that a category excludes."""
        category_id = visit.path(name="category_id")
        name = visit.required(name="name", maximum=_NAME_MAXIMUM)
        await self._use_cases.restore_attribute(
            category_id=category_id, name=name, note=f"{name} asked again", context=visit.context
        )
        return _done(visit, category_id)

    async def set_variants(self, visit: Visit) -> Response:
        """Keep the axes of variants, and whether other attributes are told of."""
        category_id = visit.path(name="category_id")
        names = [one.strip() for one in visit.form.get("axes", "").split(",")]
        try:
            await self._use_cases.set_variants(
                category_id=category_id,
                variant_axes=tuple(one for one in names if one),
                only_listed=bool(visit.form.get("only_listed")),
                note="variants",
                context=visit.context,
            )
        except OpenAisleError as error:
            return await self._shown(visit, category_id=category_id, problem=error)
        return _done(visit, category_id)

    async def template(self, visit: Visit) -> Response:
        """Give the spreadsheet to fill in."""
        made = await self._exports.template(category_id=visit.path(name="category_id"))
        return Response(made, media_type=_SPREADSHEET, headers=_as_file("products.xlsx"))

    async def json_schema(self, visit: Visit) -> Response:
        """Give the JSON Schema."""
        made = await self._exports.json_schema(category_id=visit.path(name="category_id"))
        content = msgspec.json.format(msgspec.json.encode(made), indent=2)
        return Response(content, media_type="application/schema+json", headers=_as_file("products.schema.json"))

    async def _shown(self, visit: Visit, *, category_id: str, problem: OpenAisleError | None = None) -> Response:
        tree = await self._taxonomy.tree()
        resolved = await self._schemas.resolved(category_id=category_id)
        versions = await self._schemas.versions(category_id=category_id, after=None, limit=_VERSIONS)
        page = category_page(
            category_id=category_id,
            tree=tree,
            tree_facts=await self._taxonomy.facts(),
            schemas=await self._schemas.all_schemas(),
            resolved=resolved,
            versions=versions.versions,
            text=visit.asked(name="text")[:300],
        )
        return visit.page(template="category", here="products", page=page, problem=problem)

    async def _form(self, visit: Visit, *, name: str, problem: OpenAisleError | None = None) -> Response:
        category_id = visit.path(name="category_id")
        tree = await self._taxonomy.tree()
        resolved = await self._schemas.resolved(category_id=category_id)
        category = ALL_PRODUCTS if category_id == ROOT_ID else tree.get(category_id=category_id).text
        found = next((one for one in resolved.attributes if one.attribute.name == name), None)
        entered = {field: visit.form.get(field, "") for field in _FIELDS} if problem is not None else None
        page = attribute_page(category_id=category_id, category=category, found=found, entered=entered)
        return visit.page(template="attribute", here="products", page=page, problem=problem)


def _done(visit: Visit, category_id: str) -> Response:
    return visit.sent_on(href=f"{href_of(category_id)}?done=schema-changed")


def _as_file(name: str) -> Mapping[str, str]:
    return {"content-disposition": f'attachment; filename="{quote(name)}"'}


def _attribute(form: Mapping[str, str]) -> AttributeDefinition:
    kind, consequence = form.get("type", ""), form.get("consequence", "")
    if kind not in set(AttributeType) or consequence not in set(Consequence):
        raise SchemaUnfit(detail="Choose a type, and what happens where the attribute is missing or wrong.")
    lines = (" ".join(line.split()) for line in form.get("values", "").splitlines())
    length = _number(form, "length_maximum")
    return AttributeDefinition(
        name=form.get("name", "").strip(),
        label=form.get("label", "").strip()[:100],
        type=AttributeType(kind),
        is_required=bool(form.get("is_required")),
        consequence=Consequence(consequence),
        values=tuple(dict.fromkeys(line for line in lines if line)),
        unit=form.get("unit", "").strip() or None,
        minimum=_number(form, "minimum"),
        maximum=_number(form, "maximum"),
        length_maximum=int(length) if length is not None else None,
        explanation=form.get("explanation", "").strip()[:500],
    )


def _number(form: Mapping[str, str], field: str) -> float | None:
    text = form.get(field, "").strip()
    if not text:
        return None
    try:
        number = msgspec.json.decode(text[:30], type=float)
    except msgspec.DecodeError:
        raise SchemaUnfit(detail=f"{text[:30]!r} is no plain number, such as 12.5.") from None
    return number
