"""Reading what was found about a product's pictures."""

from __future__ import annotations

from datetime import datetime

import msgspec

from openaisle.catalog.issues import Issue
from openaisle.catalog.pictures.model import Picture, PictureState, picture_identifier
from openaisle.catalog.pictures.repository import PICTURES, picture_key
from openaisle.catalog.queries import CatalogQueries
from openaisle.kernel.table import Table


class PictureView(msgspec.Struct, frozen=True, kw_only=True):
    """One picture of a product; what is not known yet is null. ``width`` and ``height`` are pixels."""

    url: str
    state: PictureState
    format: str | None
    width: int | None
    height: int | None
    byte_count: int | None
    checked_at: datetime | None


class ProductPictures(msgspec.Struct, frozen=True, kw_only=True):
    """The pictures of a product in their order, and what is wrong with them."""

    product_id: str
    pictures: list[PictureView]
    issues: list[Issue]


class PictureQueries:
    """The queries of pictures."""

    def __init__(self, *, table: Table, catalog: CatalogQueries) -> None:
        """Take the table and the queries of products."""
        self._table = table
        self._catalog = catalog

    async def of_product(self, *, product_id: str) -> ProductPictures:
        """Return the pictures of a product; raises ProductUnknown."""
        product = (await self._catalog.product(product_id=product_id)).record
        keys = [picture_key(picture_id=picture_identifier(url=url)) for url in product.image_urls]
        items = await self._table.get_many(keys=keys) if keys else []
        pictures = [
            PICTURES.record(item.body) if item is not None else Picture(url=url)
            for url, item in zip(product.image_urls, items, strict=True)
        ]
        return ProductPictures(
            product_id=product.product_id,
            pictures=[_view(picture) for picture in pictures],
            issues=[issue for picture in pictures for issue in picture.issues],
        )


def _view(picture: Picture) -> PictureView:
    facts = picture.facts
    return PictureView(
        url=picture.url,
        state=picture.state,
        format=facts.format if facts is not None else None,
        width=facts.width if facts is not None else None,
        height=facts.height if facts is not None else None,
        byte_count=picture.byte_count,
        checked_at=picture.checked_at,
    )
