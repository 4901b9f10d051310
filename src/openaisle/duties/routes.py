"""The HTTP operations of duties."""

from __future__ import annotations

from typing import Annotated

import msgspec

from openaisle.duties.model import NothingToCertify
from openaisle.duties.trader import TraderView
from openaisle.duties.use_cases import ClocksPage, Duties, DutiesView
from openaisle.kernel.context import Role
from openaisle.kernel.http import OPERATOR, Answer, Operation, Request
from openaisle.suppliers.model import SupplierMissing

_TAG = "Duties"
_OPERATOR_OR_SUPPLIER = frozenset({Role.OPERATOR, Role.SUPPLIER})
_OPERATOR_OR_STOREFRONT = frozenset({Role.OPERATOR, Role.STOREFRONT})


class CertificationBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who certifies that the supplier's particulars are complete and right."""

    certified_by: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class ClocksFilter(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which page of the clocks."""

    after: str | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=500)] = 100


def operations(*, duties: Duties) -> tuple[Operation, ...]:
    """Return the operations of this room."""

    async def one(request: Request) -> Answer:
        return Answer(value=await duties.duties(supplier_id=_own_or_any(request), at=request.context.at))

    async def certify(request: Request) -> Answer:
        body: CertificationBody = request.body
        view = await duties.certify(supplier_id=_own_or_any(request), by=body.certified_by, context=request.context)
        return Answer(value=view)

    async def trader(request: Request) -> Answer:
        return Answer(value=await duties.trader(supplier_id=request.path["supplier_id"]))

    async def clocks(request: Request) -> Answer:
        wanted: ClocksFilter = request.query
        return Answer(value=await duties.clocks(after=wanted.after, limit=wanted.limit))

    return (
        Operation(
            method="GET",
            path="/v1/suppliers/{supplier_id}/duties",
            name="get_supplier_duties",
            summary="Read what the law asks of a supplier, and by when",
            description="Each computed value is explained. A supplier reads itself, the operator anyone.",
            tag=_TAG,
            roles=_OPERATOR_OR_SUPPLIER,
            handle=one,
            answer=DutiesView,
            errors=(SupplierMissing,),
        ),
        Operation(
            method="POST",
            path="/v1/suppliers/{supplier_id}/certifications",
            name="certify_supplier",
            summary="Certify that a supplier's particulars are still right",
            tag=_TAG,
            roles=_OPERATOR_OR_SUPPLIER,
            handle=certify,
            body=CertificationBody,
            answer=DutiesView,
            errors=(SupplierMissing, NothingToCertify),
        ),
        Operation(
            method="GET",
            path="/v1/suppliers/{supplier_id}/trader",
            name="get_trader",
            summary="Read what shoppers must be shown of a trader",
            tag=_TAG,
            roles=_OPERATOR_OR_STOREFRONT,
            handle=trader,
            answer=TraderView,
            errors=(SupplierMissing,),
        ),
        Operation(
            method="GET",
            path="/v1/duty-clocks",
            name="list_duty_clocks",
            summary="List the suppliers with running clocks, what is due next first",
            tag=_TAG,
            roles=OPERATOR,
            handle=clocks,
            query=ClocksFilter,
            answer=ClocksPage,
        ),
    )


def _own_or_any(request: Request) -> str:
    """Return the supplier in the path; to a supplier, any other than itself is missing."""
    supplier_id = request.path["supplier_id"]
    if request.principal.role is Role.SUPPLIER and request.principal.subject_id != supplier_id:
        raise SupplierMissing(detail=f"There is no supplier {supplier_id[:40]}.")
    return supplier_id
