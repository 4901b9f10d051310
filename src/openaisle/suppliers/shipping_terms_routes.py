"""The HTTP operations of suppliers' shipping terms."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from openaisle.kernel.http import Answer, Operation, Request
from openaisle.kernel.texts import END
from openaisle.suppliers.model import SupplierMissing
from openaisle.suppliers.routes import OPERATOR_OR_SUPPLIER, own_or_any
from openaisle.suppliers.shipping_terms import (
    MONDAY_TO_FRIDAY,
    Origin,
    OwnStockRefused,
    ShippingTerms,
    ShippingTermsInvalid,
    ShippingTermsMissing,
    ShippingZone,
)
from openaisle.suppliers.shipping_terms_use_cases import SupplierShippingTerms

_TAG = "Suppliers"

CountryCode = Annotated[str, Meta(pattern=rf"^[A-Z]{{2}}{END}", examples=["DE"])]
PostalCode = Annotated[str, Meta(min_length=1, max_length=12, pattern=rf"^[0-9A-Za-z][0-9A-Za-z -]*{END}")]
Region = Annotated[str, Meta(min_length=1, max_length=100)]
ShippingOption = Annotated[str, Meta(max_length=30, pattern=rf"^[a-z][a-z0-9_-]*{END}", examples=["express"])]
Days = Annotated[int, Meta(ge=0, le=90)]
Weekday = Annotated[int, Meta(ge=1, le=7)]
Weekdays = Annotated[tuple[Weekday, ...], Meta(max_length=7)]
Clock = Annotated[str, Meta(pattern=rf"^([01][0-9]|2[0-3]):[0-5][0-9]{END}", examples=["14:30"])]
IsoDate = Annotated[str, Meta(pattern=rf"^[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}{END}", examples=["2026-12-25"])]
LocationName = Annotated[str, Meta(min_length=1, max_length=64)]


class ZoneBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where goods go, and how many days of delivery they take; ``options`` by shipping option."""

    countries: Annotated[tuple[CountryCode, ...], Meta(min_length=1, max_length=250)]
    regions: Annotated[tuple[Region, ...], Meta(max_length=100)] = ()
    postal_prefixes: Annotated[tuple[PostalCode, ...], Meta(max_length=500)] = ()
    transit_days: Days
    options: Annotated[dict[ShippingOption, Days], Meta(max_length=10)] = {}


class ExclusionBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where goods do not go, although a zone names it."""

    countries: Annotated[tuple[CountryCode, ...], Meta(min_length=1, max_length=250)]
    regions: Annotated[tuple[Region, ...], Meta(max_length=100)] = ()
    postal_prefixes: Annotated[tuple[PostalCode, ...], Meta(max_length=500)] = ()


class OriginBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a location of the stock is."""

    country: CountryCode
    postal_code: PostalCode


class ShippingTermsBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a supplier promises; what is left out has no limit. ``own_stock`` is the operator's to set."""

    zones: Annotated[tuple[ZoneBody, ...], Meta(max_length=50)] = ()
    excluded: Annotated[tuple[ExclusionBody, ...], Meta(max_length=20)] = ()
    origins: Annotated[dict[LocationName, OriginBody], Meta(max_length=100)] = {}
    time_zone: Annotated[str, Meta(min_length=1, max_length=64, examples=["Europe/Berlin"])] = "UTC"
    cut_off: Clock | None = None
    working_days: Weekdays = MONDAY_TO_FRIDAY
    delivery_days: Weekdays = MONDAY_TO_FRIDAY
    holidays: Annotated[tuple[IsoDate, ...], Meta(max_length=400)] = ()
    processing_days: Days = 0
    daily_capacity: Annotated[int, Meta(ge=0, le=10_000_000)] | None = None
    hazardous_goods: bool = True
    age_check: bool = False
    own_stock: bool | None = None


class ShippingTermsOperations:
    """The operations, one method each."""

    def __init__(self, *, shipping_terms: SupplierShippingTerms) -> None:
        """Take the use cases."""
        self._shipping_terms = shipping_terms

    async def state(self, request: Request) -> Answer:
        """State the terms."""
        body: ShippingTermsBody = request.body
        terms = terms_of(body=body, supplier_id=own_or_any(request))
        kept = await self._shipping_terms.state(terms=terms, own_stock=body.own_stock, context=request.context)
        return Answer(value=kept)

    async def read(self, request: Request) -> Answer:
        """Read the terms."""
        return Answer(value=await self._shipping_terms.terms(supplier_id=own_or_any(request)))


def terms_of(*, body: ShippingTermsBody, supplier_id: str) -> ShippingTerms:
    """Return the terms that a body states; ``own_stock`` is not taken from it."""
    return ShippingTerms(
        supplier_id=supplier_id,
        zones=tuple(msgspec.convert(one, ShippingZone, from_attributes=True) for one in body.zones),
        excluded=tuple(
            ShippingZone(
                countries=one.countries, regions=one.regions, postal_prefixes=one.postal_prefixes, transit_days=0
            )
            for one in body.excluded
        ),
        origins={name: Origin(country=one.country, postal_code=one.postal_code) for name, one in body.origins.items()},
        time_zone=body.time_zone,
        cut_off=body.cut_off,
        working_days=body.working_days,
        delivery_days=body.delivery_days,
        holidays=body.holidays,
        processing_days=body.processing_days,
        daily_capacity=body.daily_capacity,
        hazardous_goods=body.hazardous_goods,
        age_check=body.age_check,
    )


def shipping_terms_operations(*, shipping_terms: SupplierShippingTerms) -> tuple[Operation, ...]:
    """Return the operations."""
    handlers = ShippingTermsOperations(shipping_terms=shipping_terms)
    return (
        Operation(
            method="PUT",
            path="/v1/suppliers/{supplier_id}/shipping-terms",
            name="state_shipping_terms",
            summary="State where a supplier ships to, how long it takes, and when it works",
            description=(
                "The terms replace those before as a whole. A supplier without terms ships everywhere, without"
                " limits. An address belongs to the zone that names it most closely: by postal prefix, by region,"
                " by country."
            ),
            tag=_TAG,
            roles=OPERATOR_OR_SUPPLIER,
            handle=handlers.state,
            body=ShippingTermsBody,
            answer=ShippingTerms,
            errors=(SupplierMissing, ShippingTermsInvalid, OwnStockRefused),
        ),
        Operation(
            method="GET",
            path="/v1/suppliers/{supplier_id}/shipping-terms",
            name="read_shipping_terms",
            summary="Read a supplier's shipping terms",
            description="The terms as the allocation of orders uses them; what has its default is left out.",
            tag=_TAG,
            roles=OPERATOR_OR_SUPPLIER,
            handle=handlers.read,
            answer=ShippingTerms,
            errors=(SupplierMissing, ShippingTermsMissing),
        ),
    )
