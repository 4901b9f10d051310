"""The HTTP operations of suppliers' mailboxes."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec

from openaisle.kernel.http import ANYONE, Answer, Operation, Request
from openaisle.suppliers.mailbox import MailboxAskedTooOften, MailboxConfirmed, MailboxLinkInvalid
from openaisle.suppliers.mailbox_use_cases import Mailboxes
from openaisle.suppliers.model import SupplierMissing
from openaisle.suppliers.routes import OPERATOR_OR_SUPPLIER, own_or_any

_TAG = "Suppliers"


class MailboxLinkBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The token of the link that was mailed."""

    token: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class MailboxConfirmation(msgspec.Struct, frozen=True, kw_only=True):
    """When a mailbox was confirmed."""

    confirmed_at: datetime


class MailboxAsked(msgspec.Struct, frozen=True, kw_only=True):
    """The link that is on its way is the ``number``-th one of this supplier."""

    supplier_id: str
    number: int


class MailboxOperations:
    """The operations, one method each."""

    def __init__(self, *, mailboxes: Mailboxes) -> None:
        """Take the use cases."""
        self._mailboxes = mailboxes

    async def ask_again(self, request: Request) -> Answer:
        """Send another link."""
        asked = await self._mailboxes.ask_again(supplier_id=own_or_any(request), context=request.context)
        return Answer(value=MailboxAsked(supplier_id=asked.supplier_id, number=asked.number))

    async def confirm(self, request: Request) -> Answer:
        """Confirm a mailbox."""
        body: MailboxLinkBody = request.body
        await self._mailboxes.confirm(token=body.token, context=request.context)
        return Answer(value=MailboxConfirmation(confirmed_at=request.context.at))


def mailbox_operations(*, mailboxes: Mailboxes) -> tuple[Operation, ...]:
    """Return the operations."""
    handlers = MailboxOperations(mailboxes=mailboxes)
    return (
        Operation(
            method="POST",
            path="/v1/suppliers/{supplier_id}/mailbox-links",
            name="send_mailbox_link",
            summary="Send another link that confirms the supplier's mailbox",
            description="The first one is sent by itself. A supplier is sent at most 5 within a day.",
            tag=_TAG,
            roles=OPERATOR_OR_SUPPLIER,
            handle=handlers.ask_again,
            answer=MailboxAsked,
            status=202,
            errors=(SupplierMissing, MailboxConfirmed, MailboxAskedTooOften),
        ),
        Operation(
            method="POST",
            path="/v1/mailbox-confirmations",
            name="confirm_mailbox",
            summary="Confirm a supplier's mailbox with the token of its link",
            description="The link itself leads to a page of the supplier portal that does this.",
            tag=_TAG,
            roles=ANYONE,
            handle=handlers.confirm,
            body=MailboxLinkBody,
            answer=MailboxConfirmation,
            errors=(MailboxLinkInvalid,),
        ),
    )
