"""Mails as the console lists them."""

from __future__ import annotations

import msgspec

from openaisle.entrypoints.console.views.common import Choice, Paging, paging_of
from openaisle.mail.model import MailContent, MailState
from openaisle.mail.queries import MailPage as ListedMails
from openaisle.mail.queries import MailSummary

LIST_HREF = "/console/mails"


class MailsPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of mails."""

    choices: tuple[Choice, ...]
    mails: tuple[MailSummary, ...]
    paging: Paging


class MailPage(msgspec.Struct, frozen=True, kw_only=True):
    """One mail; ``content`` is None where its words are not to be seen, or are forgotten."""

    mail: MailSummary
    content: MailContent | None


def mails_page(*, listed: ListedMails, state: MailState | None, after: str) -> MailsPage:
    """Return a page of the list, with the choice of states."""
    choices = [
        Choice(
            label=one.value.capitalize() if one else "All",
            href=f"{LIST_HREF}?state={one.value}" if one else LIST_HREF,
            chosen=one is state,
        )
        for one in (None, *MailState)
    ]
    href = LIST_HREF if state is None else f"{LIST_HREF}?state={state.value}"
    return MailsPage(
        choices=tuple(choices),
        mails=tuple(listed.mails),
        paging=paging_of(href=href, after=after, next_after=listed.next_after),
    )
