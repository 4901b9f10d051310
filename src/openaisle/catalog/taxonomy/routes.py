"""The HTTP operations of the tree of categories."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from openaisle.catalog.taxonomy.model import ROOT_ID, Category, CategoryTree, CategoryTreeFacts, CategoryUnknown
from openaisle.catalog.taxonomy.queries import TaxonomyQueries
from openaisle.catalog.taxonomy.reading import BYTES_MAXIMUM, TaxonomyInvalid
from openaisle.catalog.taxonomy.use_cases import Taxonomy
from openaisle.kernel.context import Role
from openaisle.kernel.errors import NotFound
from openaisle.kernel.http import OPERATOR, Answer, Operation, Request

_TAG = "Catalog"
_READERS = frozenset({Role.OPERATOR, Role.SUPPLIER, Role.STOREFRONT})


class CategoryTreeMissing(NotFound):
    """No tree of categories was loaded yet."""

    code = "category-tree-missing"
    title = "There is no tree of categories"
    mend = "Load one: PUT /v1/category-tree, or openaisle taxonomy load FILE."


class CategoryView(msgspec.Struct, frozen=True, kw_only=True):
    """A category: its identifier, its names from the top down, and how many categories stand right below it."""

    category_id: str
    name: str
    path: str
    child_count: int


class CategoryList(msgspec.Struct, frozen=True, kw_only=True):
    """Categories in the order of the tree, or the likeliest first."""

    categories: list[CategoryView]


class SuggestedCategory(msgspec.Struct, frozen=True, kw_only=True):
    """A category that a text may mean; a ``score`` of 1 says that the text names it outright."""

    category_id: str
    path: str
    score: float


class CategorySuggestions(msgspec.Struct, frozen=True, kw_only=True):
    """What a text may mean, the likeliest first; nothing where no word is known."""

    suggestions: list[SuggestedCategory]


class ChildrenQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Below which category to list; without it the topmost."""

    parent_id: Annotated[str, Meta(min_length=1, max_length=60)] = ROOT_ID


class SuggestionQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A supplier's own words for a category, and how many suggestions to give."""

    text: Annotated[str, Meta(min_length=1, max_length=300)]
    limit: Annotated[int, Meta(ge=1, le=20)] = 3


class TaxonomyOperations:
    """The operations of the tree, one method each."""

    def __init__(self, *, use_cases: Taxonomy, queries: TaxonomyQueries) -> None:
        """Take the use cases and queries."""
        self._use_cases = use_cases
        self._queries = queries

    async def load(self, request: Request) -> Answer:
        """Load a tree."""
        if request.chunks is None:
            raise TaxonomyInvalid(detail="The request has no body.")
        facts = await self._use_cases.load(chunks=request.chunks, source="API", context=request.context)
        return Answer(value=facts)

    async def facts(self, request: Request) -> Answer:
        """Tell of the tree in force."""
        facts = await self._queries.facts()
        if facts is None:
            raise CategoryTreeMissing(detail="Nobody has loaded one yet.")
        if request.principal.role is not Role.OPERATOR:
            # Who of the operator's staff loaded it is not for others.
            facts = msgspec.structs.replace(facts, loaded_by="")
        return Answer(value=facts)

    async def children(self, request: Request) -> Answer:
        """List the categories right below one."""
        query: ChildrenQuery = request.query
        tree = await self._queries.tree()
        found = tree.children(category_id=query.parent_id)
        return Answer(value=CategoryList(categories=[_view(tree, one) for one in found]))

    async def suggest(self, request: Request) -> Answer:
        """Suggest categories for a text."""
        query: SuggestionQuery = request.query
        found = (await self._queries.tree()).suggest(query.text, limit=query.limit)
        suggestions = [
            SuggestedCategory(category_id=one.category.category_id, path=one.category.text, score=one.score)
            for one in found
        ]
        return Answer(value=CategorySuggestions(suggestions=suggestions))


def operations(*, use_cases: Taxonomy, queries: TaxonomyQueries) -> tuple[Operation, ...]:
    """Return the operations of the tree of categories."""
    handlers = TaxonomyOperations(use_cases=use_cases, queries=queries)
    return (
        Operation(
            method="PUT",
            path="/v1/category-tree",
            name="load_category_tree",
            summary="Load the tree of categories",
            description=(
                "Lines of `id - A > B > C` as Google publishes its taxonomy, or CSV whose header names id and path, "
                "or id, name and parent_id; UTF-8. The tree before is replaced; schemas stay by their identifiers."
            ),
            tag=_TAG,
            roles=OPERATOR,
            handle=handlers.load,
            answer=CategoryTreeFacts,
            errors=(TaxonomyInvalid,),
            file_media_types=("text/plain", "text/csv", "application/octet-stream"),
            maximum_body_bytes=BYTES_MAXIMUM,
        ),
        Operation(
            method="GET",
            path="/v1/category-tree",
            name="get_category_tree",
            summary="Read what is known of the tree of categories",
            tag=_TAG,
            roles=_READERS,
            handle=handlers.facts,
            answer=CategoryTreeFacts,
            errors=(CategoryTreeMissing,),
        ),
        Operation(
            method="GET",
            path="/v1/categories",
            name="list_categories",
            summary="List the categories right below one, or the topmost",
            tag=_TAG,
            roles=_READERS,
            handle=handlers.children,
            query=ChildrenQuery,
            answer=CategoryList,
            errors=(CategoryUnknown,),
        ),
        Operation(
            method="GET",
            path="/v1/category-suggestions",
            name="suggest_categories",
            summary="Suggest categories for a supplier's own words",
            tag=_TAG,
            roles=_READERS,
            handle=handlers.suggest,
            query=SuggestionQuery,
            answer=CategorySuggestions,
        ),
    )


def _view(tree: CategoryTree, one: Category) -> CategoryView:
    return CategoryView(
        category_id=one.category_id,
        name=one.name,
        path=one.text,
        child_count=len(tree.children(category_id=one.category_id)),
    )
