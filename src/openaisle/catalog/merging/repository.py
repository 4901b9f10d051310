"""Where contributions, the operator's merge rule and joins by hand stand in the table."""

from __future__ import annotations

from datetime import datetime

import msgspec

from openaisle.catalog.merging.model import STANDARD_MERGE_RULE, Contribution, MergeRule
from openaisle.kernel.records import RecordType, Versioned
from openaisle.kernel.table import Key, Table

SOURCE_PREFIX = "SOURCE#"
# More sources than this are not asked: what the fortieth supplier says of a product has never been better.
SOURCES_MAXIMUM = 40


def contribution_key(*, product_id: str, source: str) -> Key:
    """Return the key of what a source says of a product; all of a product stand beside it (``contributions``)."""
    return Key(f"PRODUCT#{product_id}", f"{SOURCE_PREFIX}{source}")


CONTRIBUTIONS = RecordType[Contribution](
    kind="product_contribution",
    model=Contribution,
    key=lambda one: contribution_key(product_id=one.product_id, source=one.source),
)


class ProductJoin(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A product joined into another by a person or a certain match; kept after it was undone."""

    product_id: str
    into: str
    reason: str
    who: str
    at: datetime
    undone_at: datetime | None = None
    undone_by: str | None = None


def join_key(*, product_id: str) -> Key:
    """Return the key of the join of a product into another (``ProductJoins``)."""
    return Key(f"PRODUCT#{product_id}", "JOIN")


JOINS = RecordType[ProductJoin](
    kind="product_join", model=ProductJoin, key=lambda join: join_key(product_id=join.product_id)
)


class KeptMergeRule(msgspec.Struct, frozen=True, kw_only=True):
    """The operator's merge rule with who set it and when; ``revision`` grows by one with each change."""

    rule: MergeRule = STANDARD_MERGE_RULE
    revision: int = 0
    changed_at: datetime | None = None
    changed_by: str | None = None


MERGE_RULE_KEY = Key("CATALOG", "MERGE_RULE")

MERGE_RULES = RecordType[KeptMergeRule](kind="product_merge_rule", model=KeptMergeRule, key=lambda _: MERGE_RULE_KEY)


async def kept_merge_rule(*, table: Table) -> Versioned[KeptMergeRule]:
    """Return the operator's merge rule, the standard one with version 0 before any was set."""
    item = await table.get(key=MERGE_RULE_KEY)
    return MERGE_RULES.decode(item) if item is not None else Versioned(KeptMergeRule(), 0)


async def contributions_to(*, table: Table, product_id: str) -> list[Versioned[Contribution]]:
    """Return what the sources say of a product; none for a product with a single source."""
    page = await table.query(partition=f"PRODUCT#{product_id}", sort_prefix=SOURCE_PREFIX, limit=SOURCES_MAXIMUM)
    return [CONTRIBUTIONS.decode(item) for item in page.items]
