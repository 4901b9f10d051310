"""What happens when products are made known."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from openaisle.kernel.records import EVERY_STOREFRONT, Event
from openaisle.kernel.search import Aspect


class ChangedProduct(msgspec.Struct, frozen=True, kw_only=True):
    """A product that changed, and what of it."""

    product_id: str
    aspects: tuple[Aspect, ...]


class ProductsChanged(Event, frozen=True, kw_only=True):
    """Products changed as readers see them: their facts, their offers' terms, or what is in stock.

    ``products`` names them while they are few; of many (a first feed) only ``count`` is told. Whoever follows reads
    ``GET /v1/product-changes`` from its own cursor on, up to ``cursor``. With ``restarted`` the index was filled anew:
    cursors of before are void, and the first pages tell of every product.
    """

    TYPE: ClassVar[str] = "product.changed"

    storefront_id: str | None = EVERY_STOREFRONT
    cursor: str
    count: int
    products: tuple[ChangedProduct, ...] = ()
    restarted: bool = False


class ProductExportFinished(Event, frozen=True, kw_only=True):
    """A full export is ready to be downloaded."""

    TYPE: ClassVar[str] = "product_export.finished"

    export_id: str
    format: str
    products: int


class ProductExportFailed(Event, frozen=True, kw_only=True):
    """A full export broke off; its reason stands in its record."""

    TYPE: ClassVar[str] = "product_export.failed"

    export_id: str
    format: str
