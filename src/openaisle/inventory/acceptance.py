"""What accepting submissions writes: product, offer and stock level of each row, decided for a whole table. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from openaisle.catalog.issues import Correction, Issue, IssueCode, issue
from openaisle.catalog.model import (
    Product,
    ProductState,
    ProductSubmission,
    SubmissionFacts,
    Verdict,
    product_identifier,
)
from openaisle.catalog.repository import PRODUCTS, product_key
from openaisle.catalog.validation import Candidate, Validated
from openaisle.inventory.model import StockLevel, decide_on_hand, new_stock_level
from openaisle.inventory.repository import STOCK_LEVELS
from openaisle.kernel.money import Money
from openaisle.kernel.records import Event, Versioned
from openaisle.kernel.table import Check, Write
from openaisle.offers.events import OfferChanged, OfferRegistered
from openaisle.offers.model import Condition, Offer, offer_identifier
from openaisle.offers.repository import OFFERS

_ENCODER = msgspec.json.Encoder(order="deterministic")
_PRODUCT_FACTS = (
    "title",
    "gtin",
    "product_reference",
    "description",
    "brand",
    "category",
    "weight_grams",
    "length_mm",
    "width_mm",
    "height_mm",
    "image_count",
    "attributes",
)


class Intake(msgspec.Struct, frozen=True, kw_only=True):
    """One submission to register: by API (``submission``) or as a row of a feed (``feed_id`` and ``row``).

    ``facts_hash`` is that of the facts as they were handed in, which may differ from ``facts`` after a review.
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


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """What stands in the table about the rows at hand; ``stock`` by offer and location."""

    offers: Mapping[str, Versioned[Offer]]
    stock: Mapping[tuple[str, str], Versioned[StockLevel]]
    other_stock: Mapping[str, Sequence[Versioned[StockLevel]]]
    products: Mapping[str, Versioned[Product]]


class Accepted(msgspec.Struct, frozen=True, kw_only=True):
    """What an accepted row makes. ``new`` is about the offer."""

    product_id: str
    verdict: Verdict
    new: bool
    issues: tuple[Issue, ...]
    writes: tuple[Write, ...]
    checks: tuple[Check, ...]


def facts_hash(*, facts: SubmissionFacts) -> str:
    """Return the SHA-256 of the facts without the stock, which changes by itself between two feeds."""
    terms = msgspec.structs.replace(facts, on_hand=None, location="default")
    return hashlib.sha256(_ENCODER.encode(terms)).hexdigest()


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
    if offer is None or taken.repeated or offer.record.facts_hash != taken.facts_hash:
        return False
    stock = known.stock.get((taken.offer_id, taken.facts.location))
    return stock is not None and stock.record.on_hand == taken.facts.on_hand


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
    same = offer is not None and offer.record.facts_hash == taken.facts_hash
    # A person may have corrected what the supplier keeps sending; what came of it then stays.
    product_id = offer.record.product_id if offer and same else product_of(taken=taken, facts=facts)
    writes: list[Write] = []
    checks: list[Check] = []
    if not same:
        product = known.products.get(product_id)
        found = _product_writes(taken=taken, facts=facts, product=product, product_id=product_id, made=made, at=at)
        writes += found[0]
        checks += found[1]
        issues += found[2]
        product_state = product.record.state if product else ProductState.ACTIVE
        writes.append(
            _offer_write(
                taken=taken, facts=facts, offer=offer, product_id=product_id, product_state=product_state, at=at
            )
        )
    stock_writes, stock_issues = _stock_writes(
        taken=taken, facts=facts, known=known, product_id=product_id, offer=offer, at=at
    )
    writes += stock_writes
    issues += stock_issues
    verdict = Verdict.CORRECTED if validated.corrections else Verdict.ACCEPTED
    return Accepted(
        product_id=product_id,
        # A number below what is reserved leaves the stock as it was.
        verdict=verdict if writes else Verdict.UNCHANGED,
        new=offer is None,
        issues=tuple(issues),
        writes=tuple(writes),
        checks=tuple(checks),
    )


def _product_writes(
    *,
    taken: Intake,
    facts: SubmissionFacts,
    product: Versioned[Product] | None,
    product_id: str,
    made: set[str],
    at: datetime,
) -> tuple[list[Write], list[Check], list[Issue]]:
    if product_id in made:
        # Another row of the same table makes or changes it; one commit may name a key only once.
        return [], [], []
    stated = {name: getattr(facts, name) for name in _PRODUCT_FACTS}
    if product is None:
        made.add(product_id)
        record = Product(product_id=product_id, supplier_id=taken.supplier_id, created_at=at, changed_at=at, **stated)
        return [PRODUCTS.create(record)], [], []
    before = product.record
    if before.supplier_id == taken.supplier_id:
        changed = msgspec.structs.replace(before, **stated)
        if changed != before:
            made.add(product_id)
            changed = msgspec.structs.replace(changed, changed_at=at)
            return [PRODUCTS.replace(changed, version=product.version)], [], []
    # The product must still be as it was read, or the offer would learn a state that is no longer true.
    check = Check(key=product_key(product_id=product_id), expected_version=product.version)
    if before.title == facts.title:
        return [], [check], []
    message = f"The product is known as {before.title[:120]!r}; that title stays."
    return [], [check], [issue(code=IssueCode.TITLE_DIFFERS, field="title", message=message, row=taken.row)]


def _offer_write(
    *,
    taken: Intake,
    facts: SubmissionFacts,
    offer: Versioned[Offer] | None,
    product_id: str,
    product_state: ProductState,
    at: datetime,
) -> Write:
    assert facts.price_minor is not None
    before = offer.record if offer else None
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
        created_at=before.created_at if before else at,
        changed_at=at,
    )
    if before is not None and offer is not None:
        record = msgspec.structs.replace(record, state=before.state)
        return OFFERS.replace(record, version=offer.version, events=[_offer_event(OfferChanged, record)])
    return OFFERS.create(record, events=[_offer_event(OfferRegistered, record)])


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
    else:
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
