"""Whether two products are one, and which of them stays. Pure.

A product is published at once, and its twins are looked for afterwards: nobody waits for a comparison with millions of
others, and a join can be undone.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec

from openaisle.catalog.model import Product
from openaisle.kernel.search import compared_key, title_likeness

REVIEW_SUBJECT = "product_twins"
_CERTAIN_LIKENESS = 0.5
_DOUBTFUL_LIKENESS = 0.85


class Likeness(StrEnum):
    """Whether two products are one: certainly, perhaps (a person decides), or not."""

    CERTAIN = "certain"
    DOUBTFUL = "doubtful"
    DIFFERENT = "different"


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """What two products were found to be to each other; ``score`` is how alike their titles are, from 0 to 1."""

    likeness: Likeness
    score: float
    same_part: bool


class TwinSearch(msgspec.Struct, frozen=True, kw_only=True):
    """How far the search for twins has come in the changes of the index, and when it goes on."""

    cursor: str | None = None
    due_at: datetime


def compared(*, product: Product, other: Product) -> Comparison:
    """Return what two products are to each other.

    Two GTINs are two products, and so are two products of one supplier, which knows what it sells apart. The same brand
    and part number with titles that are not strangers to each other are one product. Alike titles of one brand are a
    question for a person; without a brand on both sides they are nothing, since many things are called a mug.
    """
    score = title_likeness(first=product.title, second=other.title)
    brand, other_brand = compared_key(text=product.brand or ""), compared_key(text=other.brand or "")
    part, other_part = compared_key(text=product.part_number or ""), compared_key(text=other.part_number or "")
    same_brand = bool(brand) and brand == other_brand
    same_part = same_brand and bool(part) and part == other_part
    if not _may_be_one(product=product, other=other) or (part and other_part and part != other_part):
        likeness = Likeness.DIFFERENT
    elif same_part:
        likeness = Likeness.CERTAIN if score >= _CERTAIN_LIKENESS else Likeness.DOUBTFUL
    elif same_brand and score >= _DOUBTFUL_LIKENESS:
        likeness = Likeness.DOUBTFUL
    else:
        likeness = Likeness.DIFFERENT
    return Comparison(likeness=likeness, score=score, same_part=same_part)


def _may_be_one(*, product: Product, other: Product) -> bool:
    if product.product_id == other.product_id or product.merged_into or other.merged_into:
        return False
    if product.supplier_id == other.supplier_id:
        return False
    if product.variant_group and other.variant_group and dict(product.attributes) != dict(other.attributes):
        # Members of two families: the same shirt in another size is another product.
        return False
    return not (product.gtin and other.gtin)


def looks_for_twins(*, product: Product) -> bool:
    """Return whether a product could have a twin that is not found by its identifier alone."""
    return product.merged_into is None and bool(product.brand) and (product.gtin is None or bool(product.part_number))


def kept_and_joined(*, product: Product, other: Product) -> tuple[Product, Product]:
    """Return the product that stays and the one that is joined into it: a GTIN stays, then the older one."""
    ordered = sorted((product, other), key=lambda one: (one.gtin is None, one.created_at, one.product_id))
    return ordered[0], ordered[1]
