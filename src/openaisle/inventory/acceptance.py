"""What accepting submissions writes: product, offer and stock level of each row, decided for a whole table. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from openaisle.catalog.issues import Correction, Issue, IssueCode, issue
from openaisle.catalog.merging.model import STANDARD_MERGE_RULE, Contribution, MergeRule
from openaisle.catalog.model import (
    Product,
    ProductState,
    ProductSubmission,
    SubmissionFacts,
    Verdict,
    product_identifier,
)
from openaisle.catalog.validation import Candidate, Validated
from openaisle.inventory.model import StockLevel, decide_on_hand, new_stock_level
from openaisle.inventory.repository import STOCK_LEVELS
from openaisle.inventory.sourcing import ProductWord, decide_product
from openaisle.kernel.money import Money
from openaisle.kernel.records import Event, Versioned
from openaisle.kernel.table import Check, Write
from openaisle.offers.events import OfferChanged, OfferRegistered
from openaisle.offers.model import Condition, Offer, OfferState, offer_identifier
from openaisle.offers.repository import OFFERS
from openaisle.offers.restrictions import restrictions_of

HASHED_FACTS = (
    "supplier_sku",
    "title",
    "gtin",
    "product_reference",
    "description",
    "brand",
    "part_number",
    "category",
    "variant_group",
    "weight_grams",
    "length_mm",
    "width_mm",
    "height_mm",
    "image_count",
    "price_minor",
    "currency",
    "lead_time_days",
    "condition",
    "image_urls",
    "attributes",
)
"""The facts that make the hash, in its order; what is added to the catalog later is added at the end."""

# SQL makes the same hash of a million rows (feeds/judging).
_PARTED_BY = "\x1f"
_ENCODER = msgspec.json.Encoder(order="deterministic")


class Intake(msgspec.Struct, frozen=True, kw_only=True):
    """One submission to register: by API (``submission``) or as a row of a feed (``feed_id`` and ``row``).

    ``facts_hash`` is that of the facts as they were handed in, which may differ from ``facts`` after a review.
    ``judged`` is what judging whole tables found of a feed's row; then ``facts`` are as it mended them.
    """

    supplier_id: str
    facts: SubmissionFacts
    facts_hash: str
    offer_id: str
    row: int | None = None
    feed_id: str | None = None
    issues: tuple[Issue, ...] = ()
    corrections: tuple[Correction, ...] = ()
    repeated: bool = False
    settled: bool = False
    submission: Versioned[ProductSubmission] | None = None
    judged: Validated | None = None


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """What stands in the table about the rows at hand; ``stock`` by offer and location.

    ``contributions`` by product, for those of several sources; ``redirects`` from products joined into others.
    """

    offers: Mapping[str, Versioned[Offer]]
    stock: Mapping[tuple[str, str], Versioned[StockLevel]]
    other_stock: Mapping[str, Sequence[Versioned[StockLevel]]]
    products: Mapping[str, Versioned[Product]]
    contributions: Mapping[str, Sequence[Versioned[Contribution]]] = msgspec.field(default_factory=dict)
    redirects: Mapping[str, str] = msgspec.field(default_factory=dict)
    merge_rule: MergeRule = STANDARD_MERGE_RULE


class Accepted(msgspec.Struct, frozen=True, kw_only=True):
    """What an accepted row makes. ``new`` is about the offer."""

    product_id: str
    verdict: Verdict
    new: bool
    issues: tuple[Issue, ...]
    writes: tuple[Write, ...]
    checks: tuple[Check, ...]


def facts_hash(*, facts: SubmissionFacts) -> str:
    """Return the SHA-256 of the facts without the stock, which changes by itself between two feeds.

    What is empty at the end is left out, so that a fact that is added to the catalog later changes no hash.
    """
    said = _PARTED_BY.join(_said(getattr(facts, name)) for name in HASHED_FACTS)
    return hashlib.sha256(said.rstrip(_PARTED_BY).encode("utf-8", "surrogatepass")).hexdigest()


def _said(fact: object) -> str:
    if isinstance(fact, str):
        return fact.replace(_PARTED_BY, "\\x1f")
    if isinstance(fact, int):
        return str(fact)
    return _ENCODER.encode(fact).decode() if fact else ""


def intake(*, supplier_id: str, facts: SubmissionFacts, hash_of_facts: str | None = None, **given: object) -> Intake:
    """Return the intake of facts, with the identifiers that follow from them."""
    return Intake(
        supplier_id=supplier_id,
        facts=facts,
        facts_hash=hash_of_facts or facts_hash(facts=facts),
        offer_id=offer_identifier(supplier_id=supplier_id, supplier_sku=facts.supplier_sku.strip()),
        **given,  # type: ignore[arg-type]
    )


def candidate(*, taken: Intake, known: Known) -> Candidate:
    """Return the row as validation wants it, with the price that the supplier's offer has today."""
    offer = known.offers.get(taken.offer_id)
    last_price = Money(amount_minor=offer.record.price_minor, currency=offer.record.currency) if offer else None
    same = offer is not None and offer.record.facts_hash == taken.facts_hash
    return Candidate(
        facts=taken.facts,
        row=taken.row,
        issues=taken.issues,
        corrections=taken.corrections,
        last_price=last_price,
        repeated=taken.repeated,
        # What was accepted once, perhaps by a person, is not doubted again because its stock changed.
        settled=taken.settled or same,
    )


def is_unchanged(*, taken: Intake, known: Known) -> bool:
    """Return whether offer and stock already say what the row says, so that nothing has to be done."""
    offer = known.offers.get(taken.offer_id)
    if offer is None or taken.repeated or not _says_the_same(offer=offer.record, taken=taken):
        return False
    stock = known.stock.get((taken.offer_id, taken.facts.location))
    return stock is not None and stock.record.on_hand == taken.facts.on_hand


def _says_the_same(*, offer: Offer, taken: Intake) -> bool:
    if offer.facts_hash != taken.facts_hash or offer.absent_from is not None:
        return False
    # A quick feed may have changed the price since these facts were accepted.
    told = (taken.facts.price_minor, taken.facts.currency)
    return offer.priced_at is None or told == (offer.price_minor, offer.currency)


def product_of(*, taken: Intake, facts: SubmissionFacts) -> str:
    """Return the identifier of the product that validated facts are about."""
    return product_identifier(
        gtin=facts.gtin,
        product_reference=facts.product_reference,
        supplier_id=taken.supplier_id,
        supplier_sku=facts.supplier_sku,
    )


def decide_accepted(*, taken: Intake, validated: Validated, known: Known, made: set[str], at: datetime) -> Accepted:
    """Return what an accepted row makes; ``made`` are products that rows before it make, and is added to."""
    facts = validated.facts
    issues = list(validated.issues)
    offer = known.offers.get(taken.offer_id)
    same = offer is not None and _says_the_same(offer=offer.record, taken=taken)
    # A person may have corrected what the supplier keeps sending; what came of it then stays.
    named = product_of(taken=taken, facts=facts)
    stays = offer is not None and (same or offer.record.product_fixed)
    product_id = offer.record.product_id if offer and stays else known.redirects.get(named, named)
    writes: list[Write] = []
    checks: list[Check] = []
    if not same:
        product = known.products.get(product_id)
        word = ProductWord(
            product_id=product_id,
            supplier_id=taken.supplier_id,
            facts=facts,
            row=taken.row,
            product=product,
            contributions=known.contributions.get(product_id, ()),
            rule=known.merge_rule,
        )
        found = decide_product(word=word, made=made, at=at)
        writes += found.writes
        checks += found.checks
        issues += found.issues
        product_state = product.record.state if product else ProductState.ACTIVE
        writes.append(
            _offer_write(
                taken=taken,
                facts=facts,
                offer=offer,
                product_id=product_id,
                product_state=product_state,
                # Undoing the join takes the offers back that came by it, also those that came later.
                joined_from=named if product_id == known.redirects.get(named) else None,
                at=at,
            )
        )
    stock_writes, stock_issues = _stock_writes(
        taken=taken, facts=facts, known=known, product_id=product_id, offer=offer, at=at
    )
    writes += stock_writes
    issues += stock_issues
    verdict = Verdict.CORRECTED if validated.mended else Verdict.ACCEPTED
    return Accepted(
        product_id=product_id,
        # A number below what is reserved leaves the stock as it was.
        verdict=verdict if writes else Verdict.UNCHANGED,
        new=offer is None,
        issues=tuple(issues),
        writes=tuple(writes),
        checks=tuple(checks),
    )


def _offer_write(
    *,
    taken: Intake,
    facts: SubmissionFacts,
    offer: Versioned[Offer] | None,
    product_id: str,
    product_state: ProductState,
    joined_from: str | None,
    at: datetime,
) -> Write:
    assert facts.price_minor is not None
    before = offer.record if offer else None
    restrictions = restrictions_of(attributes=facts.attributes)
    record = Offer(
        offer_id=taken.offer_id,
        product_id=product_id,
        supplier_id=taken.supplier_id,
        supplier_sku=facts.supplier_sku,
        price_minor=facts.price_minor,
        currency=facts.currency,
        lead_time_days=facts.lead_time_days,
        condition=Condition(facts.condition),
        product_state=product_state,
        product_reference=facts.product_reference,
        facts_hash=taken.facts_hash,
        joined_from=joined_from,
        hazardous=restrictions.hazardous,
        minimum_age=restrictions.minimum_age,
        created_at=before.created_at if before else at,
        changed_at=at,
    )
    if before is not None and offer is not None:
        record = msgspec.structs.replace(record, **_kept(taken=taken, before=before, at=at))
        return OFFERS.replace(record, version=offer.version, events=[_offer_event(OfferChanged, record)])
    return OFFERS.create(record, events=[_offer_event(OfferRegistered, record)])


def _kept(*, taken: Intake, before: Offer, at: datetime) -> dict[str, Any]:
    """Return what of an offer stays although its facts are told anew."""
    kept: dict[str, Any] = {"state": before.state, "product_fixed": before.product_fixed}
    if before.absent_from is not None:
        # A full feed that did not name it withdrew it, and a row that names it brings it back.
        kept["state"] = OfferState.ACTIVE
    if before.priced_at is not None and before.priced_at > at and taken.feed_id is not None:
        kept |= {"price_minor": before.price_minor, "currency": before.currency, "priced_at": before.priced_at}
    return kept


def _offer_event(kind: type[OfferRegistered | OfferChanged], offer: Offer) -> Event:
    return kind(
        supplier_id=offer.supplier_id,
        offer_id=offer.offer_id,
        product_id=offer.product_id,
        price_minor=offer.price_minor,
        currency=offer.currency,
    )


def _stock_writes(
    *,
    taken: Intake,
    facts: SubmissionFacts,
    known: Known,
    product_id: str,
    offer: Versioned[Offer] | None,
    at: datetime,
) -> tuple[list[Write], list[Issue]]:
    assert facts.on_hand is not None
    writes: list[Write] = []
    issues: list[Issue] = []
    stock = known.stock.get((taken.offer_id, facts.location))
    if stock is None:
        level = new_stock_level(
            offer_id=taken.offer_id,
            supplier_id=taken.supplier_id,
            product_id=product_id,
            location=facts.location,
            on_hand=facts.on_hand,
            at=at,
        )
        writes.append(STOCK_LEVELS.create(level))
    elif taken.feed_id is None or stock.record.confirmed_at <= at:
        # What was told since the feed was handed in is the newer word.
        decision = decide_on_hand(stock=stock.record, on_hand=facts.on_hand, at=at)
        moved = msgspec.structs.replace(decision.stock, product_id=product_id)
        if moved.on_hand != stock.record.on_hand or moved.product_id != stock.record.product_id:
            writes.append(STOCK_LEVELS.replace(moved, version=stock.version))
        issues += [
            issue(code=IssueCode.ON_HAND_BELOW_RESERVED, field="on_hand", message=finding.detail, row=taken.row)
            for finding in decision.findings
        ]
    if offer is not None and offer.record.product_id != product_id:
        message = f"The offer was about product {offer.record.product_id} and is now about {product_id}."
        issues.append(issue(code=IssueCode.PRODUCT_CHANGED, field="gtin", message=message, row=taken.row))
        writes += [
            STOCK_LEVELS.replace(msgspec.structs.replace(level.record, product_id=product_id), version=level.version)
            for level in known.other_stock.get(taken.offer_id, ())
            if level.record.location != facts.location
        ]
    return writes, issues
