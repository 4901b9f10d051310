"""What categories ask of products, looked up once for many products."""

from __future__ import annotations

from collections.abc import Mapping

from openaisle.catalog.model import Product
from openaisle.catalog.schemas.model import CategorySchema, resolved_schema
from openaisle.catalog.schemas.queries import SchemaQueries
from openaisle.catalog.taxonomy.model import ROOT_ID, CategoryTree
from openaisle.catalog.taxonomy.queries import TaxonomyQueries
from openaisle.publishing.quality import Asked


class Standards:
    """What is asked in each category, as the tree and the schemas were when this was made."""

    def __init__(self, *, tree: CategoryTree, schemas: Mapping[str, CategorySchema]) -> None:
        """Take the tree and the schemas."""
        self._tree = tree
        self._schemas = schemas
        self._known: dict[str, Asked] = {}

    def of(self, *, product: Product) -> Asked:
        """Return what is asked of a product."""
        text = product.category or ""
        asked = self._known.get(text)
        if asked is None:
            asked = self._known[text] = self._asked(text)
        return asked

    def _asked(self, text: str) -> Asked:
        has_tree = len(self._tree) > 0
        category = self._tree.find(text=text) if text and has_tree else None
        lineage = [ROOT_ID]
        if category is not None:
            lineage += [one.category_id for one in self._tree.lineage(category_id=category.category_id)]
        schema = resolved_schema(category_id=lineage[-1], lineage=lineage, schemas=self._schemas)
        required = tuple(one.attribute.name for one in schema.attributes if one.attribute.is_required)
        return Asked(category_known=category is not None if has_tree else None, required=required or None)


class StandardsInForce:
    """Gives the standards in force."""

    def __init__(self, *, taxonomy: TaxonomyQueries, schemas: SchemaQueries) -> None:
        """Take the queries of the tree and of the schemas."""
        self._taxonomy = taxonomy
        self._schemas = schemas
        self._made: tuple[CategoryTree, Mapping[str, CategorySchema], Standards] | None = None

    async def standards(self) -> Standards:
        """Return the standards in force now; the same ones while neither tree nor schemas change."""
        tree, schemas = await self._taxonomy.tree(), await self._schemas.all_schemas()
        if self._made is None or self._made[0] is not tree or self._made[1] is not schemas:
            self._made = (tree, schemas, Standards(tree=tree, schemas=schemas))
        return self._made[2]
