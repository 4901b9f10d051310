"""Products and how they come to be known: data, states, and who may change which fact."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

import msgspec

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

    ``supplier_id`` is the supplier whose accepted submission made it: its later submissions change the facts,
    those of others only join.
    """

    product_id: str
    title: str
    state: ProductState = ProductState.ACTIVE
    gtin: str | None = None
    product_reference: str | None = None
    description: str | None = None
    brand: str | None = None
    category: str | None = None
    weight_grams: int | None = None
    length_mm: int | None = None
    width_mm: int | None = None
    height_mm: int | None = None
    image_count: int | None = None
    attributes: Mapping[str, str] = msgspec.field(default_factory=dict)
    supplier_id: str
    created_at: datetime
    changed_at: datetime


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
