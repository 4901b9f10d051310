"""The HTTP operation of pictures."""

from __future__ import annotations

from openaisle.catalog.model import ProductUnknown
from openaisle.catalog.pictures.queries import PictureQueries, ProductPictures
from openaisle.kernel.context import Role
from openaisle.kernel.http import Answer, Operation, Request

_ROLES = frozenset({Role.STOREFRONT, Role.OPERATOR, Role.SUPPLIER})


def operations(*, queries: PictureQueries) -> tuple[Operation, ...]:
    """Return the operations of pictures."""

    async def of_product(request: Request) -> Answer:
        return Answer(value=await queries.of_product(product_id=request.path["product_id"]))

    return (
        Operation(
            method="GET",
            path="/v1/products/{product_id}/pictures",
            name="get_product_pictures",
            summary="Read what was found about a product's pictures",
            description="Each address is fetched and measured in the background, once for all products that name it.",
            tag="Products",
            roles=_ROLES,
            handle=of_product,
            answer=ProductPictures,
            errors=(ProductUnknown,),
        ),
    )
