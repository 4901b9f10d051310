"""Have suppliers confirm their mailboxes: send links, and act on those that are opened."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Sequence
from datetime import timedelta

from openaisle.kernel.context import Clock, Context, system_context
from openaisle.kernel.errors import RequestInvalid
from openaisle.kernel.pipe import Pipe
from openaisle.kernel.records import Event, Versioned, decided_anew
from openaisle.kernel.stream import Change
from openaisle.kernel.table import Table, Write
from openaisle.suppliers.audit import audit_entry
from openaisle.suppliers.deciding import loaded
from openaisle.suppliers.events import (
    SupplierApplied,
    SupplierCorrected,
    SupplierMailboxAsked,
    SupplierMailboxConfirmed,
    SupplierRevised,
)
from openaisle.suppliers.mailbox import (
    LINK_HOURS,
    TOKEN_BYTES,
    MailboxAsk,
    MailboxAskedTooOften,
    MailboxLink,
    decide_asked_for,
    decide_confirmed,
    decide_verified_anew,
    is_confirmed,
    link_invalid,
    require_link,
    waits_for_mailbox,
)
from openaisle.suppliers.mailbox_repository import ASKS, LINKS, ask_key, link_key
from openaisle.suppliers.mailboxes import canonical_mailbox
from openaisle.suppliers.mails import SendsMail, language_of
from openaisle.suppliers.model import Supplier, SupplierState
from openaisle.suppliers.repository import AUDIT, SUPPLIERS, VERIFICATIONS, supplier_key, verification_key
from openaisle.suppliers.revisions import candidate_of
from openaisle.suppliers.verification import Verification

NAME = "supplier-mailboxes"
TEMPLATE = "email_confirmation"
CONFIRMATION_PATH = "/portal/mailbox"
_ASKING = frozenset({SupplierApplied.TYPE, SupplierCorrected.TYPE, SupplierRevised.TYPE, SupplierMailboxAsked.TYPE})
_GONE = frozenset({SupplierState.DRAFT, SupplierState.REJECTED, SupplierState.OFFBOARDED})


class Mailboxes:
    """The use cases of suppliers' mailboxes."""

    def __init__(self, *, table: Table, entropy: Callable[[int], bytes], public_address: str) -> None:
        """Take the table, ``entropy``, which returns that many random bytes, and where the portal is reached."""
        self._table = table
        self._entropy = entropy
        self._public_address = public_address.rstrip("/")

    async def ask(self, *, supplier_id: str, context: Context) -> MailboxAsk | None:
        """Ask a supplier whose address is new to confirm it; None where there is nothing to ask.

        Raises SupplierMissing.
        """

        async def attempt() -> MailboxAsk | None:
            supplier = (await loaded(table=self._table, supplier_id=supplier_id)).record
            before = await self._asked(supplier_id)
            email = canonical_mailbox(text=candidate_of(supplier=supplier).facts.email)
            known = before is not None and before.record.email == email
            if known or supplier.state in _GONE or is_confirmed(supplier=supplier):
                return None
            try:
                return await self._ask(supplier=supplier, before=before, again=False, context=context)
            except MailboxAskedTooOften:
                # Who changes its address all the time asks for the link when it has made up its mind.
                return None

        return await decided_anew(attempt)

    async def ask_again(self, *, supplier_id: str, context: Context) -> MailboxAsk:
        """Send another link; raises SupplierMissing, MailboxConfirmed, MailboxAskedTooOften."""

        async def attempt() -> MailboxAsk:
            supplier = (await loaded(table=self._table, supplier_id=supplier_id)).record
            before = await self._asked(supplier_id)
            return await self._ask(supplier=supplier, before=before, again=True, context=context)

        return await decided_anew(attempt)

    async def prepared(self, *, ask: MailboxAsk, context: Context) -> str:
        """Make a link for an ask, keep the hash of its token, and return its address, which only the mailbox gets."""
        token = base64.urlsafe_b64encode(self._entropy(TOKEN_BYTES)).rstrip(b"=").decode()
        link = MailboxLink(
            token_sha256=_digest(token),
            supplier_id=ask.supplier_id,
            email=ask.email,
            ends_at=context.at + timedelta(hours=LINK_HOURS),
        )
        await self._table.commit(writes=[LINKS.create(link)], context=context)
        return f"{self._public_address}{CONFIRMATION_PATH}?token={token}"

    async def address_of_link(self, *, token: str, context: Context) -> str:
        """Return the address that a link confirms, without using it up; raises MailboxLinkInvalid."""
        link, _ = await self._linked(token, context)
        return link.record.email

    async def confirm(self, *, token: str, context: Context) -> Supplier:
        """Confirm a mailbox by its link, which works this once; a verification that waited for it starts anew.

        Raises MailboxLinkInvalid.
        """

        async def attempt() -> Supplier:
            link, found = await self._linked(token, context)
            supplier = found.record
            after = decide_confirmed(supplier=supplier, link=link.record, context=context)
            events: list[Event] = [SupplierMailboxConfirmed(supplier_id=supplier.supplier_id)]
            if waits_for_mailbox(supplier=supplier, verification=await self._verification(supplier)):
                waited = candidate_of(supplier=supplier)
                after = decide_verified_anew(supplier=after, context=context)
                events.append(
                    SupplierCorrected(
                        supplier_id=supplier.supplier_id,
                        revision=waited.revision + 1,
                        fields=("email",),
                        withdrawn_task_id=waited.review_task_id,
                    )
                )
            entry = audit_entry(before=supplier, after=after, action="mailbox_confirmed", context=context)
            writes: list[Write] = [
                SUPPLIERS.replace(after, version=found.version, events=events),
                AUDIT.store(entry),
                LINKS.remove(link.record, version=link.version),
            ]
            await self._table.commit(writes=writes, context=context)
            return after

        return await decided_anew(attempt)

    async def _ask(
        self, *, supplier: Supplier, before: Versioned[MailboxAsk] | None, again: bool, context: Context
    ) -> MailboxAsk:
        record = before.record if before is not None else None
        asked = decide_asked_for(supplier=supplier, before=record, again=again, context=context)
        events = [SupplierMailboxAsked(supplier_id=supplier.supplier_id, number=asked.number)]
        write = (
            ASKS.replace(asked, version=before.version, events=events)
            if before is not None
            else ASKS.create(asked, events=events)
        )
        await self._table.commit(writes=[write], context=context)
        return asked

    async def _asked(self, supplier_id: str) -> Versioned[MailboxAsk] | None:
        item = await self._table.get(key=ask_key(supplier_id=supplier_id))
        return ASKS.decode(item) if item is not None else None

    async def _linked(self, token: str, context: Context) -> tuple[Versioned[MailboxLink], Versioned[Supplier]]:
        item = await self._table.get(key=link_key(token_sha256=_digest(token)))
        if item is None:
            raise link_invalid()
        link = LINKS.decode(item)
        supplier_item = await self._table.get(key=supplier_key(supplier_id=link.record.supplier_id))
        if supplier_item is None:
            raise link_invalid()
        found = SUPPLIERS.decode(supplier_item)
        require_link(link=link.record, supplier=found.record, at=context.at)
        return link, found

    async def _verification(self, supplier: Supplier) -> Verification | None:
        revision = candidate_of(supplier=supplier).judged_revision
        item = await self._table.get(key=verification_key(supplier_id=supplier.supplier_id, revision=revision))
        return VERIFICATIONS.decode(item).record if item is not None else None


def mailboxes_pipe(*, mailboxes: Mailboxes, table: Table, mail: SendsMail, clock: Clock) -> Pipe:
    """Return the pipe that asks for new addresses and writes the mails; a change that comes twice writes one."""

    async def handle(changes: Sequence[Change]) -> None:
        for change in changes:
            if change.body is None:
                continue
            context = system_context(name=NAME, at=clock.now(), correlation_id=change.correlation_id)
            if change.kind == ASKS.kind:
                await write_mail(ASKS.record(change.body), context)
            else:
                supplier_id = SUPPLIERS.record(change.body).supplier_id
                await mailboxes.ask(supplier_id=supplier_id, context=context)

    async def write_mail(ask: MailboxAsk, context: Context) -> None:
        item = await table.get(key=supplier_key(supplier_id=ask.supplier_id))
        if item is None:
            return
        language = language_of(facts=SUPPLIERS.decode(item).record.facts)
        # Met twice, this makes two links, and both work: which of them the one mail holds cannot be told from here.
        link = await mailboxes.prepared(ask=ask, context=context)
        try:
            await mail.send(
                template=TEMPLATE,
                to=ask.email,
                language=language,
                data={"link": link, "hours": str(LINK_HOURS)},
                deduplication_key=f"{TEMPLATE}#{ask.supplier_id}#{ask.number}",
                context=context,
            )
        except RequestInvalid:
            # What is no address is told by the check of the address.
            return

    return Pipe(name=NAME, handle=handle, kinds=frozenset({SUPPLIERS.kind, ASKS.kind}), event_types=_ASKING)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
