"""What an accepted row says of its product: alone it is the record, with others it is one contribution. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from openaisle.catalog.issues import Issue, IssueCode, issue
from openaisle.catalog.merging.model import (
    CONTRIBUTED_FIELDS,
    Contribution,
    MergeRule,
    contribution_of,
    merged,
    original_contribution,
    values_of,
)
from openaisle.catalog.merging.repository import CONTRIBUTIONS, SOURCES_MAXIMUM
from openaisle.catalog.model import Product, SubmissionFacts
from openaisle.catalog.repository import PRODUCTS, product_key
from openaisle.kernel.records import Versioned
from openaisle.kernel.table import Check, Write


class ProductWord(NamedTuple):
    """What a row says of its product, and what is known of that product."""

    product_id: str
    supplier_id: str
    facts: SubmissionFacts
    row: int | None
    product: Versioned[Product] | None
    contributions: Sequence[Versioned[Contribution]]
    rule: MergeRule


class ProductWrites(NamedTuple):
    """What the word makes: writes, checks of what must not have changed, and what the supplier should know."""

    writes: list[Write]
    checks: list[Check]
    issues: list[Issue]


def decide_product(*, word: ProductWord, made: set[str], at: datetime) -> ProductWrites:
    """Return what the product's records become; ``made`` are products that rows before it write, and is added to."""
    if word.product_id in made:
        # Another row of the same table makes or changes it; one commit may name a key only once.
        return ProductWrites([], [], [])
    if word.product is None:
        made.add(word.product_id)
        return ProductWrites([PRODUCTS.create(_new_product(word=word, at=at))], [], [])
    before = word.product.record
    if before.supplier_id == word.supplier_id and before.supplier_sku not in {"", word.facts.supplier_sku}:
        # Of a supplier's articles that name one product the first speaks of it, in whatever portions they come.
        return ProductWrites([], [_unchanged(product=word.product)], _title_issues(word=word, product=before))
    if before.source_count == 1 and before.supplier_id == word.supplier_id:
        changed = msgspec.structs.replace(before, **_stated(facts=word.facts))
        if changed == before:
            return ProductWrites([], [], [])
        made.add(word.product_id)
        changed = msgspec.structs.replace(changed, changed_at=at)
        return ProductWrites([PRODUCTS.replace(changed, version=word.product.version)], [], [])
    return _joined(word=word, product=word.product, made=made, at=at)


def _new_product(*, word: ProductWord, at: datetime) -> Product:
    return Product(
        product_id=word.product_id,
        supplier_id=word.supplier_id,
        supplier_sku=word.facts.supplier_sku,
        created_at=at,
        changed_at=at,
        **_stated(facts=word.facts),
    )


def _stated(*, facts: SubmissionFacts) -> dict[str, Any]:
    return {name: getattr(facts, name) for name in CONTRIBUTED_FIELDS}


def _joined(*, word: ProductWord, product: Versioned[Product], made: set[str], at: datetime) -> ProductWrites:
    before = product.record
    known = {one.record.source: one for one in word.contributions}
    writes: list[Write] = []
    if before.source_count == 1 and before.supplier_id not in known:
        original = original_contribution(product=before)
        known[before.supplier_id] = Versioned(original, 0)
        writes.append(CONTRIBUTIONS.create(original))
    own = known.get(word.supplier_id)
    if own is not None and own.record.supplier_sku not in {"", word.facts.supplier_sku}:
        return ProductWrites([], [_unchanged(product=product)], _title_issues(word=word, product=before))
    if own is None and len(known) >= SOURCES_MAXIMUM:
        return ProductWrites([], [_unchanged(product=product)], _title_issues(word=word, product=before))
    said = contribution_of(
        product_id=word.product_id,
        source=word.supplier_id,
        supplier_sku=word.facts.supplier_sku,
        values=values_of(facts=word.facts),
        before=own.record if own else None,
        at=at,
    )
    if own is not None and said is own.record:
        return ProductWrites([], [_unchanged(product=product)], _title_issues(word=word, product=before))
    writes.append(CONTRIBUTIONS.replace(said, version=own.version) if own else CONTRIBUTIONS.create(said))
    contributions = [one.record for source, one in known.items() if source != word.supplier_id]
    counted = msgspec.structs.replace(before, source_count=max(before.source_count, len(contributions) + 1))
    after = merged(product=counted, contributions=[*contributions, said], rule=word.rule, at=at)
    issues = _title_issues(word=word, product=after)
    if after == before:
        return ProductWrites(writes, [_unchanged(product=product)], issues)
    made.add(word.product_id)
    writes.append(PRODUCTS.replace(after, version=product.version))
    return ProductWrites(writes, [], issues)


def _unchanged(*, product: Versioned[Product]) -> Check:
    # The product must still be as it was read, or the offer would learn a state that is no longer true.
    return Check(key=product_key(product_id=product.record.product_id), expected_version=product.version)


def _title_issues(*, word: ProductWord, product: Product) -> list[Issue]:
    if product.title == word.facts.title:
        return []
    message = f"The product is known as {product.title[:120]!r}; that title stays."
    return [issue(code=IssueCode.TITLE_DIFFERS, field="title", message=message, row=word.row)]
