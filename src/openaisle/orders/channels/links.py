"""Links by which a supplier without an account answers one purchase order: sealed, dated, and bound to it."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from openaisle.kernel.context import Context, Principal, Role
from openaisle.kernel.encryption import FieldCipher
from openaisle.kernel.errors import OpenAisleError
from openaisle.orders.connections import SupplierConnections
from openaisle.suppliers.connection_settings import Transport

LINK_LENGTH_MAXIMUM = 1_000
LINKS_HOLD = timedelta(days=60)
_PLACE = "PURCHASE-ORDER-LINK"


class AnswerLinkInvalid(OpenAisleError):
    """The link was altered, is too old, or the supplier is reached by another road by now."""

    code = "answer-link-invalid"
    title = "This link does not hold any more"
    status = 403
    mend = "Take the link from the newest mail about this purchase order, or sign in to the supplier portal."


class AnswerLink(msgspec.Struct, frozen=True, kw_only=True):
    """What a link allows: to answer and ship one purchase order of one supplier until a moment."""

    purchase_order_id: str
    supplier_id: str
    expires_at: datetime

    def context(self, *, context: Context) -> Context:
        """Return the circumstances in which whoever has the link acts: as the supplier, for this one thing."""
        supplier = Principal(role=Role.SUPPLIER, subject_id=self.supplier_id)
        return msgspec.structs.replace(context, principal=supplier)


_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(AnswerLink)


class AnswerLinks:
    """Seals links with the marketplace's key, so that nothing has to be kept and none can be guessed."""

    def __init__(self, *, cipher: FieldCipher, suppliers: SupplierConnections, public_address: str) -> None:
        """Take the cipher, the connections, and where the portal is reached from outside."""
        self._cipher = cipher
        self._suppliers = suppliers
        self._public_address = public_address.rstrip("/")

    def address(self, *, purchase_order_id: str, supplier_id: str, acknowledge_by: datetime) -> str:
        """Return the address of the page; the same link holds from the offer until the goods have left."""
        link = AnswerLink(
            purchase_order_id=purchase_order_id, supplier_id=supplier_id, expires_at=acknowledge_by + LINKS_HOLD
        )
        token = self._cipher.encrypt(plaintext=_ENCODER.encode(link), place=_PLACE).rstrip("=")
        return f"{self._public_address}/portal/purchase-order?token={token}"

    async def opened(self, *, token: str, at: datetime) -> AnswerLink:
        """Return what a link allows; raises AnswerLinkInvalid."""
        try:
            padding = "=" * (-len(token.rpartition(".")[2]) % 4)
            link = _DECODER.decode(self._cipher.decrypt(ciphertext=token + padding, place=_PLACE))
        except (OpenAisleError, msgspec.DecodeError, ValueError):
            raise AnswerLinkInvalid(detail="The link was not made here.") from None
        if at >= link.expires_at:
            raise AnswerLinkInvalid(detail=f"The link held until {link.expires_at:%Y-%m-%d}.")
        connection = await self._suppliers.connection(supplier_id=link.supplier_id, at=at)
        if connection is None or connection.transport is not Transport.EMAIL:
            # So an operator who fears for a mailbox ends all its links with one change of the connection.
            raise AnswerLinkInvalid(detail="The supplier does not answer by mail any more.")
        return link
