"""What happens to products of several sources."""

from __future__ import annotations

from typing import ClassVar

from openaisle.kernel.records import Event


class ProductJoined(Event, frozen=True, kw_only=True):
    """A product was joined into another; its offers follow within seconds."""

    TYPE: ClassVar[str] = "product.joined"

    product_id: str
    into: str
    reason: str


class ProductJoinUndone(Event, frozen=True, kw_only=True):
    """A join was undone; the offers that came with it go back within seconds."""

    TYPE: ClassVar[str] = "product.join_undone"

    product_id: str
    into: str


class ProductParted(Event, frozen=True, kw_only=True):
    """Offers were parted from a product and are now about a product of their own."""

    TYPE: ClassVar[str] = "product.parted"

    product_id: str
    from_product: str
    offer_ids: list[str]
    reason: str


class ProductFactsSet(Event, frozen=True, kw_only=True):
    """The operator set or gave back facts of a product."""

    TYPE: ClassVar[str] = "product.facts_set"

    product_id: str
    fields: list[str]


class ProductMergeRuleChanged(Event, frozen=True, kw_only=True):
    """The operator changed which source wins for which fact."""

    TYPE: ClassVar[str] = "product_merge_rule.changed"

    revision: int
