"""The HTTP operations of suppliers."""

from __future__ import annotations

import msgspec

from openaisle.kernel.context import Role, SupplierScope
from openaisle.kernel.errors import Finding, RequestInvalid
from openaisle.kernel.http import ANYONE, OPERATOR, Answer, Operation, Request
from openaisle.kernel.outbound import AddressRefused
from openaisle.suppliers.bodies import (
    AmendmentBody,
    ApplicationBody,
    ReasonBody,
    SupplierFilter,
    changes_of,
    facts_of,
)
from openaisle.suppliers.connection import ConnectionMissing
from openaisle.suppliers.connection_bodies import ConnectionBody, settings_of
from openaisle.suppliers.connection_settings import ConnectionInvalid
from openaisle.suppliers.connection_use_cases import Connected, SupplierConnections
from openaisle.suppliers.facts import FactInvalid
from openaisle.suppliers.model import SupplierMissing, SupplierState, SupplierTransitionRefused
from openaisle.suppliers.queries import SupplierQueries
from openaisle.suppliers.use_cases import Suppliers
from openaisle.suppliers.views import ConnectionView, SupplierPage, SupplierView, connection_view
from openaisle.suppliers.x12 import X12SeparatorsInvalid

OPERATOR_OR_SUPPLIER = frozenset({Role.OPERATOR, Role.SUPPLIER})
_TAG = "Suppliers"


class ApplicationReceipt(msgspec.Struct, frozen=True, kw_only=True):
    """A received application. ``api_key`` follows it and is told only this once; it sells nothing yet."""

    supplier_id: str
    state: SupplierState
    api_key: str


class ConnectionReceipt(ConnectionView, frozen=True, kw_only=True):
    """A connection; ``signing_secret`` only where a new one was made, told only this once, else null."""

    signing_secret: str | None


class SupplierOperations:
    """The operations of this room, one method each."""

    def __init__(self, *, use_cases: Suppliers, connections: SupplierConnections, queries: SupplierQueries) -> None:
        """Take the use cases and queries."""
        self._use_cases = use_cases
        self._connections = connections
        self._queries = queries

    async def apply(self, request: Request) -> Answer:
        """Take in an application."""
        body: ApplicationBody = request.body
        applicant = await self._use_cases.apply(
            application=facts_of(body=body, context=request.context), context=request.context
        )
        receipt = ApplicationReceipt(
            supplier_id=applicant.supplier.supplier_id, state=applicant.supplier.state, api_key=applicant.api_key
        )
        return Answer(value=receipt)

    async def listed(self, request: Request) -> Answer:
        """List suppliers."""
        wanted: SupplierFilter = request.query
        if wanted.name_prefix is not None and wanted.state is None:
            finding = Finding(pointer="name_prefix", detail="is given together with state")
            raise RequestInvalid(detail="Names are searched within one state.", findings=[finding])
        page = await self._queries.listed(
            state=wanted.state, name_prefix=wanted.name_prefix, after=wanted.after, limit=wanted.limit
        )
        return Answer(value=page)

    async def one(self, request: Request) -> Answer:
        """Read one supplier."""
        return Answer(value=await self._view(request))

    async def amend(self, request: Request) -> Answer:
        """Change an application."""
        body: AmendmentBody = request.body
        supplier_id = own_or_any(request)
        await self._use_cases.amend(
            supplier_id=supplier_id, changes=changes_of(body=body, context=request.context), context=request.context
        )
        return Answer(value=await self._view(request))

    async def revise(self, request: Request) -> Answer:
        """Change facts of a verified supplier."""
        body: AmendmentBody = request.body
        await self._use_cases.revise(
            supplier_id=own_or_any(request),
            changes=changes_of(body=body, context=request.context),
            context=request.context,
        )
        return Answer(value=await self._view(request))

    async def suspend(self, request: Request) -> Answer:
        """Suspend a supplier."""
        body: ReasonBody = request.body
        await self._use_cases.suspend(
            supplier_id=request.path["supplier_id"], reason=body.reason, context=request.context
        )
        return Answer(value=await self._view(request))

    async def reinstate(self, request: Request) -> Answer:
        """Reinstate a supplier."""
        body: ReasonBody = request.body
        await self._use_cases.reinstate(
            supplier_id=request.path["supplier_id"], reason=body.reason, context=request.context
        )
        return Answer(value=await self._view(request))

    async def connect(self, request: Request) -> Answer:
        """Register or change the connection."""
        body: ConnectionBody = request.body
        connected = await self._connections.connect(
            supplier_id=own_or_any(request), settings=settings_of(body=body), context=request.context
        )
        return Answer(value=_receipt(connected, request))

    async def rotate(self, request: Request) -> Answer:
        """Change the signing secret."""
        connected = await self._connections.rotate(supplier_id=own_or_any(request), context=request.context)
        return Answer(value=_receipt(connected, request))

    async def _view(self, request: Request) -> SupplierView:
        supplier_id, at = own_or_any(request), request.context.at
        if request.principal.role is Role.SUPPLIER:
            return await self._queries.own(scope=SupplierScope(supplier_id=supplier_id), at=at)
        return await self._queries.supplier(supplier_id=supplier_id, at=at)


def operations(
    *, use_cases: Suppliers, connections: SupplierConnections, queries: SupplierQueries
) -> tuple[Operation, ...]:
    """Return the operations of this room."""
    handlers = SupplierOperations(use_cases=use_cases, connections=connections, queries=queries)
    return (*_application_operations(handlers), *_standing_operations(handlers), *_connection_operations(handlers))


def _application_operations(handlers: SupplierOperations) -> tuple[Operation, ...]:
    return (
        Operation(
            method="POST",
            path="/v1/supplier-applications",
            name="apply_as_supplier",
            summary="Apply as a supplier",
            description="The answer holds the API key with which it is followed; it is told only this once.",
            tag=_TAG,
            roles=ANYONE,
            rate_limited=True,
            handle=handlers.apply,
            body=ApplicationBody,
            answer=ApplicationReceipt,
            status=202,
            errors=(FactInvalid,),
        ),
        Operation(
            method="PATCH",
            path="/v1/suppliers/{supplier_id}/facts",
            name="revise_supplier_facts",
            summary="Change facts of a verified supplier",
            description=(
                "They are verified while those known so far stay in force. A new bank account freezes payouts until "
                "the checks and a person have verified it. Of an application this changes the application itself."
            ),
            tag=_TAG,
            roles=OPERATOR_OR_SUPPLIER,
            handle=handlers.revise,
            body=AmendmentBody,
            answer=SupplierView,
            errors=(SupplierMissing, SupplierTransitionRefused, FactInvalid),
        ),
        Operation(
            method="PATCH",
            path="/v1/suppliers/{supplier_id}/application",
            name="amend_supplier_application",
            summary="Change an application that waits or is in review",
            description="It is verified again.",
            tag=_TAG,
            roles=OPERATOR_OR_SUPPLIER,
            handle=handlers.amend,
            body=AmendmentBody,
            answer=SupplierView,
            errors=(SupplierMissing, SupplierTransitionRefused, FactInvalid),
        ),
    )


def _standing_operations(handlers: SupplierOperations) -> tuple[Operation, ...]:
    refusals = (SupplierMissing, SupplierTransitionRefused)
    return (
        Operation(
            method="GET",
            path="/v1/suppliers",
            name="list_suppliers",
            summary="List suppliers",
            tag=_TAG,
            roles=OPERATOR,
            handle=handlers.listed,
            query=SupplierFilter,
            answer=SupplierPage,
            errors=(RequestInvalid,),
        ),
        Operation(
            method="GET",
            path="/v1/suppliers/{supplier_id}",
            name="get_supplier",
            summary="Read a supplier with its checks, corrections and audit trail",
            description="A supplier reads itself, the operator anyone. The tax id is masked.",
            tag=_TAG,
            roles=OPERATOR_OR_SUPPLIER,
            handle=handlers.one,
            answer=SupplierView,
            errors=(SupplierMissing,),
        ),
        Operation(
            method="POST",
            path="/v1/suppliers/{supplier_id}/suspension",
            name="suspend_supplier",
            summary="Suspend an active supplier",
            tag=_TAG,
            roles=OPERATOR,
            handle=handlers.suspend,
            body=ReasonBody,
            answer=SupplierView,
            errors=refusals,
        ),
        Operation(
            method="POST",
            path="/v1/suppliers/{supplier_id}/reinstatement",
            name="reinstate_supplier",
            summary="Reinstate a suspended supplier",
            tag=_TAG,
            roles=OPERATOR,
            handle=handlers.reinstate,
            body=ReasonBody,
            answer=SupplierView,
            errors=refusals,
        ),
    )


def _connection_operations(handlers: SupplierOperations) -> tuple[Operation, ...]:
    return (
        Operation(
            method="PUT",
            path="/v1/suppliers/{supplier_id}/connection",
            name="connect_supplier",
            summary="Register or change how a supplier is connected",
            description="The signing secret is made and told the first time; later it stays until it is rotated.",
            tag=_TAG,
            roles=OPERATOR_OR_SUPPLIER,
            handle=handlers.connect,
            body=ConnectionBody,
            answer=ConnectionReceipt,
            errors=(
                SupplierMissing,
                SupplierTransitionRefused,
                AddressRefused,
                ConnectionInvalid,
                X12SeparatorsInvalid,
            ),
        ),
        Operation(
            method="POST",
            path="/v1/suppliers/{supplier_id}/connection/secret-rotations",
            name="rotate_supplier_signing_secret",
            summary="Change the signing secret",
            description="For 24 hours messages carry the signatures of both secrets.",
            tag=_TAG,
            roles=OPERATOR_OR_SUPPLIER,
            handle=handlers.rotate,
            answer=ConnectionReceipt,
            errors=(SupplierMissing, ConnectionMissing),
        ),
    )


def own_or_any(request: Request) -> str:
    """Return the supplier in the path; to a supplier, any other than itself is missing."""
    supplier_id = request.path["supplier_id"]
    if request.principal.role is Role.SUPPLIER and request.principal.subject_id != supplier_id:
        raise SupplierMissing(detail=f"There is no supplier {supplier_id[:40]}.")
    return supplier_id


def _receipt(connected: Connected, request: Request) -> ConnectionReceipt:
    view = connection_view(connection=connected.connection, at=request.context.at)
    return ConnectionReceipt(**msgspec.structs.asdict(view), signing_secret=connected.signing_secret)
