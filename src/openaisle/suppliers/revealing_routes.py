"""The HTTP operation that shows a masked field in clear."""

from __future__ import annotations

import msgspec

from openaisle.kernel.context import Role
from openaisle.kernel.http import Answer, Operation, Request
from openaisle.kernel.permissions import Permission, PermissionMissing
from openaisle.suppliers.model import SupplierMissing
from openaisle.suppliers.revealing import FieldNotGiven, RevealedField, Revealing


class RevealBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to show in clear."""

    field: RevealedField


class Revealed(msgspec.Struct, frozen=True, kw_only=True):
    """A field in clear, one value or several."""

    supplier_id: str
    field: RevealedField
    values: list[str]


def operations(*, revealing: Revealing) -> tuple[Operation, ...]:
    """Return the operation."""

    async def reveal(request: Request) -> Answer:
        body: RevealBody = request.body
        supplier_id = request.path["supplier_id"]
        if request.principal.role is Role.SUPPLIER and request.principal.subject_id != supplier_id:
            raise SupplierMissing(detail=f"There is no supplier {supplier_id[:40]}.")
        values = await revealing.reveal(supplier_id=supplier_id, field=body.field, context=request.context)
        return Answer(value=Revealed(supplier_id=supplier_id, field=body.field, values=list(values)))

    return (
        Operation(
            method="POST",
            path="/v1/suppliers/{supplier_id}/reveal",
            name="reveal_supplier_field",
            summary="Show a masked field of a supplier in clear",
            description="Tax ids need the permission tax_ids.reveal, the bank account bank_accounts.reveal. "
            "Who looks is written into the audit trail first.",
            # Tagged as the room whose audit trail it writes by itself.
            tag="People",
            roles=frozenset({Role.OPERATOR, Role.SUPPLIER}),
            permission=Permission.READ,
            handle=reveal,
            body=RevealBody,
            answer=Revealed,
            errors=(PermissionMissing, SupplierMissing, FieldNotGiven),
        ),
    )
