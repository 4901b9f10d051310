"""Where the tree of categories stands: its facts in the table, the tree itself as a blob."""

from __future__ import annotations

from openaisle.catalog.taxonomy.model import CategoryTreeFacts
from openaisle.kernel.records import RecordType
from openaisle.kernel.table import Key

TREE_KEY = Key("CATEGORY_TREE", "FACTS")
"""Access pattern: the one tree in force (taxonomy.queries.TaxonomyQueries.facts)."""

TREES = RecordType(kind="category_tree", model=CategoryTreeFacts, key=lambda _: TREE_KEY)


def tree_blob_name(*, sha256: str) -> str:
    """Return the name of a tree's blob: the same tree has the same name."""
    return f"taxonomy/{sha256}.txt"
