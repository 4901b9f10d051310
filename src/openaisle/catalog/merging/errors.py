"""What stands against joining and parting products by hand."""

from __future__ import annotations

from openaisle.kernel.errors import RequestInvalid, TransitionRefused


class ProductsCannotBeJoined(TransitionRefused):
    """A product was to be joined into itself, into one that is joined itself, or is joined already."""

    code = "products-cannot-be-joined"
    title = "These products cannot be joined"
    mend = "Name two different products that stand by themselves; read merged_into of each."


class ProductNotJoined(TransitionRefused):
    """A join was to be undone that is not there."""

    code = "product-not-joined"
    title = "This product is not joined into another"


class OffersNotOfProduct(RequestInvalid):
    """Offers were to be parted from a product that is not theirs, or all of them at once."""

    code = "offers-not-of-product"
    title = "These offers cannot be parted from the product"
    mend = "Name some, but not all, of the offers that GET /v1/products/{product_id} shows."


class FactUnknown(RequestInvalid):
    """The operator's word was about a fact that products do not have, or of the wrong type."""

    code = "product-fact-unknown"
    title = "A product has no such fact"
    mend = "Send facts by the names that GET /v1/products/{product_id} shows, attributes as attributes.<name>."
