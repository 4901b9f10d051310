"""The HTTP operation of delivery promises."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from openaisle.kernel.context import Role
from openaisle.kernel.errors import Finding, RequestInvalid
from openaisle.kernel.http import Answer, Operation, Request
from openaisle.orders.allocating.promises import DeliveryPromise, DeliveryPromises, PromiseWanted
from openaisle.orders.allocating.request import Destination
from openaisle.orders.commands import CountryCode, Currency, Identifier, IsoDate, Quantity

MAXIMUM_WISHES = 100


class PromiseWishInvalid(RequestInvalid):
    """A wish that names both an offer and a product, or neither."""

    code = "promise-wish-invalid"
    title = "A wish names an offer or a product"
    mend = "Give each line either offer_id or product_id."


class PromisePlace(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the goods are to go; no name and no street is needed."""

    country: CountryCode
    postal_code: Annotated[str, Meta(max_length=20)] = ""
    region: Annotated[str, Meta(max_length=100)] | None = None


class PromiseLine(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """So many units of an offer or a product."""

    product_id: Identifier | None = None
    offer_id: Identifier | None = None
    quantity: Quantity = 1


class PromiseBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Up to 100 wishes for one place."""

    destination: PromisePlace
    currency: Currency
    lines: Annotated[tuple[PromiseLine, ...], Meta(min_length=1, max_length=MAXIMUM_WISHES)]
    shipping_option: Annotated[str, Meta(max_length=30)] = ""
    not_after: IsoDate | None = None
    shopper_age: Annotated[int, Meta(ge=0, le=150)] | None = None


class PromiseList(msgspec.Struct, frozen=True, kw_only=True):
    """A promise for each wish, in order."""

    promises: list[DeliveryPromise]


def promise_operations(*, promises: DeliveryPromises) -> tuple[Operation, ...]:
    """Return the operation."""

    async def promise(request: Request) -> Answer:
        body: PromiseBody = request.body
        findings = [
            Finding(pointer=f"/lines/{position}", detail="Give either offer_id or product_id.", code="offer_or_product")
            for position, line in enumerate(body.lines)
            if (line.offer_id is None) == (line.product_id is None)
        ]
        if findings:
            raise PromiseWishInvalid(detail=f"{len(findings)} lines name both or neither.", findings=findings)
        there = body.destination
        found = await promises.promise(
            wanted=[msgspec.convert(line, PromiseWanted, from_attributes=True) for line in body.lines],
            destination=Destination(country=there.country, postal_code=there.postal_code, region=there.region),
            currency=body.currency,
            shipping_option=body.shipping_option,
            not_after=body.not_after,
            shopper_age=body.shopper_age,
            at=request.context.at,
        )
        return Answer(value=PromiseList(promises=found))

    return (
        Operation(
            method="POST",
            path="/v1/delivery-promises",
            name="promise_deliveries",
            summary="Tell what can be delivered where and when, before the order",
            description=(
                "Up to 100 products or offers for one place. Each is looked at for itself, and nothing is reserved."
                " The days follow from suppliers' shipping terms, and from the order policy where a supplier"
                " stated none."
            ),
            tag="Orders",
            roles=frozenset({Role.OPERATOR, Role.STOREFRONT}),
            handle=promise,
            body=PromiseBody,
            answer=PromiseList,
            errors=(PromiseWishInvalid,),
        ),
    )
