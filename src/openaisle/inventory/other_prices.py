"""Prices beside those that other suppliers ask for the same product: what is far from them all is doubtful."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence

import msgspec

from openaisle.catalog.issues import IssueCode, issue
from openaisle.catalog.model import SubmissionFacts
from openaisle.catalog.policy import CatalogPolicy
from openaisle.catalog.validation import Validated
from openaisle.inventory.acceptance import Intake, Known, candidate, product_of
from openaisle.kernel.table import Index, Table
from openaisle.offers.model import Offer, OfferState
from openaisle.offers.repository import OFFER_KIND, OFFERS, product_partition

# The first offers of a product tell well enough what is usual.
_ITEMS_MAXIMUM = 200


async def compared_with_others(
    *, table: Table, rows: Sequence[Intake], checked: Mapping[int, Validated], known: Known, policy: CatalogPolicy
) -> dict[int, Validated]:
    """Return what was found of each row, with a doubt where its price is far from those of other suppliers.

    Only products that enough suppliers offer are looked up: one query each.
    """
    found = dict(checked)
    offers: dict[str, list[Offer]] = {}
    for taken in rows:
        product_id = _compared_product(taken=taken, found=found[id(taken)], known=known, policy=policy)
        if product_id is None:
            continue
        if product_id not in offers:
            offers[product_id] = await _offers(table=table, product_id=product_id)
        told = unusual_price(
            facts=found[id(taken)].facts, supplier_id=taken.supplier_id, offers=offers[product_id], policy=policy
        )
        if told is not None:
            one = issue(code=IssueCode.PRICE_UNUSUAL, field="price_minor", message=told, row=taken.row)
            found[id(taken)] = msgspec.structs.replace(found[id(taken)], issues=(*found[id(taken)].issues, one))
    return found


def unusual_price(
    *, facts: SubmissionFacts, supplier_id: str, offers: Sequence[Offer], policy: CatalogPolicy
) -> str | None:
    """Return what is unusual of a price beside ``offers`` of the product, None if nothing is or too few are alike."""
    price_minor, factor = facts.price_minor, policy.price_unusual_factor
    alike = [
        one.price_minor
        for one in offers
        if one.supplier_id != supplier_id
        and one.state is OfferState.ACTIVE
        and one.currency == facts.currency
        and one.condition == facts.condition
    ]
    if not factor or price_minor is None or len(alike) < policy.price_unusual_offers:
        return None
    usual = statistics.median_low(alike)
    if usual * factor > price_minor and price_minor * factor > usual:
        return None
    than = "above" if price_minor > usual else "below"
    return f"The price of {price_minor} is {factor} times or more {than} what others ask for this product."


def _compared_product(*, taken: Intake, found: Validated, known: Known, policy: CatalogPolicy) -> str | None:
    """Return the product whose offers the row is to be compared with, if any."""
    if not policy.price_unusual_factor or found.rejected or candidate(taken=taken, known=known).settled:
        return None
    named = product_of(taken=taken, facts=found.facts)
    product = known.products.get(known.redirects.get(named, named))
    if product is None or product.record.source_count < policy.price_unusual_offers:
        return None
    return product.record.product_id


async def _offers(*, table: Table, product_id: str) -> list[Offer]:
    page = await table.query(
        partition=product_partition(product_id=product_id), index=Index.FIRST, limit=_ITEMS_MAXIMUM
    )
    return [OFFERS.record(item.body) for item in page.items if item.kind == OFFER_KIND]
