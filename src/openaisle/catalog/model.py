"""Products and how they come to be known: data, states, and who may change which fact."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

import msgspec

from openaisle.catalog.issues import Correction, Issue
from openaisle.kernel.errors import NotFound, TransitionRefused
from openaisle.kernel.identifiers import derived_identifier


class ProductState(StrEnum):
    """Whether a product may be shown and sold; the operator decides."""

    ACTIVE = "active"
    WITHDRAWN = "withdrawn"


class ProductUnknown(NotFound):
    """There is no product of that identifier."""

    code = "product-unknown"
    title = "No such product"


class ProductTransitionRefused(TransitionRefused):
    """The product is not in a state that allows the command."""

    code = "product-transition-refused"
    title = "The state of the product does not allow this"


PRODUCT_TRANSITIONS: Mapping[ProductState, frozenset[ProductState]] = {
    ProductState.ACTIVE: frozenset({ProductState.WITHDRAWN}),
    ProductState.WITHDRAWN: frozenset({ProductState.ACTIVE}),
}


class Product(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The catalog record shoppers see; one GTIN, one product, however many suppliers offer it.

    ``supplier_id`` is the supplier whose accepted submission made it, by its article ``supplier_sku``: other
    articles of that supplier that name the same product only offer it. Where several suppliers speak of it,
    ``source_count`` tells how many and ``sources`` whose word each fact is that is not the maker's (see
    catalog/merging). Other suppliers are not told who they are. ``merged_into`` names the product that it was
    joined into by a person or a certain match: its offers are that product's.
    """

    product_id: str
    title: str
    state: ProductState = ProductState.ACTIVE
    gtin: str | None = None
    product_reference: str | None = None
    description: str | None = None
    brand: str | None = None
    part_number: str | None = None
    category: str | None = None
    variant_group: str | None = None
    weight_grams: int | None = None
    length_mm: int | None = None
    width_mm: int | None = None
    height_mm: int | None = None
    image_count: int | None = None
    image_urls: tuple[str, ...] = ()
    attributes: Mapping[str, str] = msgspec.field(default_factory=dict)
    supplier_id: str
    supplier_sku: str = ""
    source_count: int = 1
    sources: Mapping[str, str] = msgspec.field(default_factory=dict)
    merged_into: str | None = None
    created_at: datetime
    changed_at: datetime


def shown_to_supplier(*, product: Product, supplier_id: str) -> Product:
    """Return the product as a supplier may see it: which other suppliers speak of it is not told."""
    made_by = product.supplier_id if product.supplier_id == supplier_id else ""
    own = {field: source for field, source in product.sources.items() if source == supplier_id}
    if made_by == product.supplier_id and own == product.sources:
        return product
    made_as = product.supplier_sku if made_by else ""
    return msgspec.structs.replace(product, supplier_id=made_by, supplier_sku=made_as, sources=own)


def product_identifier(*, gtin: str | None, product_reference: str | None, supplier_id: str, supplier_sku: str) -> str:
    """Return the identifier of the product that a submission is about.

    A GTIN (14 digits) names the product for everyone; without one the operator's or supplier's common
    ``product_reference`` does; without both the product is the supplier's alone.
    """
    if gtin:
        return derived_identifier(prefix="prd", parts=("gtin", gtin))
    if product_reference:
        return derived_identifier(prefix="prd", parts=("reference", product_reference))
    return derived_identifier(prefix="prd", parts=("supplier", supplier_id, supplier_sku))


def decide_product_state(*, product: Product, state: ProductState, at: datetime) -> Product:
    """Return the product in its new state; raises ProductTransitionRefused."""
    if state not in PRODUCT_TRANSITIONS[product.state]:
        raise ProductTransitionRefused(detail=f"A product that is {product.state} cannot become {state}.")
    return msgspec.structs.replace(product, state=state, changed_at=at)


class SubmissionState(StrEnum):
    """Where a product submission stands."""

    SUBMITTED = "submitted"
    VALIDATING = "validating"
    ACCEPTED = "accepted"
    IN_REVIEW = "in_review"
    REJECTED = "rejected"


class SupplierNotActive(TransitionRefused):
    """A supplier that is not active hands in products: nobody is listed before verification says so.

    Source: Regulation (EU) 2022/2065 (Digital Services Act), Article 30: a trader's facts are obtained and assessed
    before its offers are shown.
    """

    code = "supplier-not-active"
    title = "Only active suppliers may hand in products"
    mend = "Wait until the application is accepted, or answer what the reviewer asked; then send it again."


class SubmissionUnknown(NotFound):
    """There is no such submission, or it belongs to another supplier."""

    code = "product-submission-unknown"
    title = "No such product submission"


class SubmissionTransitionRefused(TransitionRefused):
    """The submission was decided already, or does not wait for what was asked."""

    code = "product-submission-transition-refused"
    title = "The state of the product submission does not allow this"


# VALIDATING lasts as long as one commit is being prepared, so it is passed through and never stored.
SUBMISSION_TRANSITIONS: Mapping[SubmissionState, frozenset[SubmissionState]] = {
    SubmissionState.SUBMITTED: frozenset({SubmissionState.VALIDATING}),
    SubmissionState.VALIDATING: frozenset(
        {SubmissionState.ACCEPTED, SubmissionState.IN_REVIEW, SubmissionState.REJECTED}
    ),
    SubmissionState.IN_REVIEW: frozenset({SubmissionState.VALIDATING, SubmissionState.REJECTED}),
    SubmissionState.ACCEPTED: frozenset(),
    SubmissionState.REJECTED: frozenset(),
}


class SubmissionFacts(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a supplier says of one product and its terms; nothing in it is sure to be right before validation."""

    supplier_sku: str = ""
    title: str = ""
    gtin: str | None = None
    product_reference: str | None = None
    description: str | None = None
    brand: str | None = None
    part_number: str | None = None
    category: str | None = None
    variant_group: str | None = None
    weight_grams: int | None = None
    length_mm: int | None = None
    width_mm: int | None = None
    height_mm: int | None = None
    image_count: int | None = None
    image_urls: tuple[str, ...] = ()
    attributes: Mapping[str, str] = msgspec.field(default_factory=dict)
    price_minor: int | None = None
    currency: str = ""
    on_hand: int | None = None
    location: str = "default"
    lead_time_days: int = 2
    condition: str = "new"


class Verdict(StrEnum):
    """What became of one submission or row: exactly one of these, so that counts add up."""

    ACCEPTED = "accepted"
    CORRECTED = "corrected"
    UNCHANGED = "unchanged"
    IN_REVIEW = "in_review"
    REJECTED = "rejected"


class ProductSubmission(msgspec.Struct, frozen=True, kw_only=True):
    """One supplier's proposed data for one product, with what was found and what became of it.

    ``facts`` are as handed in until the verdict and corrected after it; each correction keeps what stood before.
    ``facts_hash`` is that of the facts as handed in.
    """

    submission_id: str
    supplier_id: str
    state: SubmissionState = SubmissionState.SUBMITTED
    facts: SubmissionFacts
    facts_hash: str = ""
    verdict: Verdict | None = None
    issues: tuple[Issue, ...] = ()
    corrections: tuple[Correction, ...] = ()
    product_id: str | None = None
    offer_id: str | None = None
    feed_id: str | None = None
    row: int | None = None
    submitted_at: datetime
    decided_at: datetime | None = None


def require_submission_transition(*, source: SubmissionState, target: SubmissionState) -> None:
    """Raise SubmissionTransitionRefused unless the table lists the transition."""
    if target not in SUBMISSION_TRANSITIONS[source]:
        raise SubmissionTransitionRefused(detail=f"A submission that is {source} cannot become {target}.")


def decide_verdict(
    *,
    submission: ProductSubmission,
    verdict: Verdict,
    facts: SubmissionFacts,
    issues: tuple[Issue, ...],
    corrections: tuple[Correction, ...],
    product_id: str | None,
    offer_id: str | None,
    at: datetime,
) -> ProductSubmission:
    """Return the submission with its verdict; raises SubmissionTransitionRefused if it was decided already."""
    target = {Verdict.IN_REVIEW: SubmissionState.IN_REVIEW, Verdict.REJECTED: SubmissionState.REJECTED}.get(
        verdict, SubmissionState.ACCEPTED
    )
    require_submission_transition(source=submission.state, target=SubmissionState.VALIDATING)
    require_submission_transition(source=SubmissionState.VALIDATING, target=target)
    return msgspec.structs.replace(
        submission,
        state=target,
        verdict=verdict,
        facts=facts,
        issues=issues,
        corrections=corrections,
        product_id=product_id,
        offer_id=offer_id,
        decided_at=at,
    )
