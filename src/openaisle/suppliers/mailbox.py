"""The mailbox of a supplier: asked for by a link, confirmed by whoever opens it. Pure; no I/O, no clock, no randomness.

A link is opened twice: looking at it shows a button, and only the button confirms. Mail scanners look at links too.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from openaisle.kernel.context import Context
from openaisle.kernel.errors import OpenAisleError, TransitionRefused
from openaisle.suppliers.mailboxes import canonical_mailbox
from openaisle.suppliers.model import Command, ConfirmedMailbox, Supplier, SupplierState, next_state
from openaisle.suppliers.revisions import candidate_of, folded
from openaisle.suppliers.verification import Verification

MAILBOX_NOT_CONFIRMED = "mailbox-not-confirmed"
LINK_HOURS = 72
TOKEN_BYTES = 32
ASKED_MAXIMUM = 5
"""How many links one supplier is sent within a day: whoever names a stranger's address shall not fill it."""
_ASKED_WITHIN = timedelta(days=1)
_ASKED_APART = timedelta(seconds=60)


class MailboxLinkInvalid(OpenAisleError):
    """A link was used before, is too old, was never made, or is of an address that is not the supplier's any more."""

    code = "mailbox-link-invalid"
    title = "This link does not work any more"
    status = 401
    mend = "A link works once and for a limited time. Ask for a new one in the supplier portal."


class MailboxConfirmed(TransitionRefused):
    """A link was asked for though the mailbox is confirmed already."""

    code = "mailbox-confirmed"
    title = "The mailbox is confirmed already"
    mend = "Nothing needs to be done; a new address is asked for by itself."


class MailboxAskedTooOften(OpenAisleError):
    """So many links were sent to a supplier within a day, or the last one so lately, that it has to wait."""

    code = "mailbox-asked-too-often"
    title = "Too many links were asked for"
    status = 429
    mend = "Look for the mail among unwanted ones, and wait for the time named in Retry-After."


class MailboxAsk(msgspec.Struct, frozen=True, kw_only=True):
    """The record of what address a supplier's link was sent to last, how many were sent in all, and when lately."""

    supplier_id: str
    email: str
    number: int
    asked_at: tuple[datetime, ...]


class MailboxLink(msgspec.Struct, frozen=True, kw_only=True):
    """The record of a link; of its token only the hash is kept."""

    token_sha256: str
    supplier_id: str
    email: str
    ends_at: datetime


def is_confirmed(*, supplier: Supplier) -> bool:
    """Return whether the address that the supplier has, or would have by its open revision, is confirmed."""
    confirmed = supplier.confirmed_mailbox
    email = canonical_mailbox(text=candidate_of(supplier=supplier).facts.email)
    return confirmed is not None and confirmed.email == email


def decide_asked_for(*, supplier: Supplier, before: MailboxAsk | None, again: bool, context: Context) -> MailboxAsk:
    """Return the record of a link that is to be sent; ``again`` is the wish for another one to the same address.

    Raises MailboxConfirmed, MailboxAskedTooOften.
    """
    if is_confirmed(supplier=supplier):
        raise MailboxConfirmed(detail=f"The mailbox of {supplier.supplier_id} is confirmed.")
    lately = tuple(at for at in (before.asked_at if before is not None else ()) if context.at - at < _ASKED_WITHIN)
    if again and lately and context.at - lately[-1] < _ASKED_APART:
        raise _too_often(lately[-1] + _ASKED_APART, context)
    if len(lately) >= ASKED_MAXIMUM:
        raise _too_often(lately[0] + _ASKED_WITHIN, context)
    return MailboxAsk(
        supplier_id=supplier.supplier_id,
        email=canonical_mailbox(text=candidate_of(supplier=supplier).facts.email),
        number=before.number + 1 if before is not None else 1,
        asked_at=(*lately, context.at),
    )


def require_link(*, link: MailboxLink, supplier: Supplier, at: datetime) -> None:
    """Refuse a link that does not work any more; raises MailboxLinkInvalid."""
    # A link to an address that was changed meanwhile proves nothing about the new one.
    if link.ends_at <= at or canonical_mailbox(text=candidate_of(supplier=supplier).facts.email) != link.email:
        raise link_invalid()


def link_invalid() -> MailboxLinkInvalid:
    """Return the one refusal of every link that does not work; why it does not is not told."""
    return MailboxLinkInvalid(detail="The link was used, is too old, or is not known.")


def decide_confirmed(*, supplier: Supplier, link: MailboxLink, context: Context) -> Supplier:
    """Return the supplier with its mailbox confirmed."""
    confirmed = ConfirmedMailbox(email=link.email, at=context.at)
    return msgspec.structs.replace(supplier, confirmed_mailbox=confirmed, changed_at=context.at)


def waits_for_mailbox(*, supplier: Supplier, verification: Verification | None) -> bool:
    """Return whether a verification, of the application or of a revision, waits for nothing but the mailbox."""
    candidate = candidate_of(supplier=supplier)
    return (
        candidate.state is SupplierState.IN_REVIEW
        and verification is not None
        and verification.revision == candidate.judged_revision
        and verification.causes == (MAILBOX_NOT_CONFIRMED,)
    )


def decide_verified_anew(*, supplier: Supplier, context: Context) -> Supplier:
    """Return a supplier that waited for its mailbox as one to be verified again, with what was approved of it."""
    candidate = candidate_of(supplier=supplier)
    anew = msgspec.structs.replace(
        candidate,
        state=next_state(supplier=candidate, command=Command.AMEND),
        revision=candidate.revision + 1,
        reason=None,
        questions=None,
        answer_by=None,
        review_task_id=None,
        changed_at=context.at,
    )
    return folded(supplier=supplier, candidate=anew)


def _too_often(until: datetime, context: Context) -> MailboxAskedTooOften:
    seconds = max(1, int((until - context.at).total_seconds()) + 1)
    return MailboxAskedTooOften(
        detail=f"A new link can be asked for in {seconds} seconds.", retry_after_seconds=seconds
    )
