"""Read mails: the list for people, and the words of one where mail stays in the house."""

from __future__ import annotations

from datetime import datetime

import msgspec

from openaisle.kernel.encryption import FieldCipher
from openaisle.kernel.table import Index, Table
from openaisle.mail.model import MailContent, MailMissing, MailState, OutgoingMail
from openaisle.mail.repository import ALL_MAILS, MAILS, mail_key, mails_in_state
from openaisle.mail.use_cases import content_place

_content = msgspec.json.Decoder(MailContent).decode


class MailSummary(msgspec.Struct, frozen=True, kw_only=True):
    """One mail of a list, without its words and its full address."""

    mail_id: str
    template: str
    language: str
    state: MailState
    recipient_masked: str
    attempts: int
    last_failure: str | None
    next_attempt_at: datetime | None
    created_at: datetime
    sent_at: datetime | None


class MailPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of mails; ``next_after`` is null on the last page."""

    mails: list[MailSummary]
    next_after: str | None


class MailQueries:
    """The queries of mails."""

    def __init__(self, *, table: Table, cipher: FieldCipher, words_shown: bool) -> None:
        """Take the ports; ``words_shown`` says whether people may read mails, which hold one-time links.

        It is for trials, in which mail stays in a folder and somebody has to play its recipient.
        """
        self._table = table
        self._cipher = cipher
        self._words_shown = words_shown

    async def listed(self, *, state: MailState | None, after: str | None, limit: int) -> MailPage:
        """Return a page of mails, the newest first: all, or those in a state."""
        page = await self._table.query(
            partition=ALL_MAILS if state is None else mails_in_state(state=state),
            index=Index.FIRST if state is None else Index.SECOND,
            after=after,
            limit=limit,
            descending=True,
        )
        return MailPage(
            mails=[_summary(MAILS.decode(item).record) for item in page.items],
            next_after=page.cursor,
        )

    async def one(self, *, mail_id: str) -> tuple[MailSummary, MailContent | None]:
        """Return a mail, and its words where they may be shown and are still there; raises MailMissing."""
        item = await self._table.get(key=mail_key(mail_id=mail_id))
        if item is None:
            raise MailMissing(detail=f"There is no mail {mail_id[:40]}.")
        mail = MAILS.decode(item).record
        shown = opened(mail=mail, cipher=self._cipher) if self._words_shown and mail.content is not None else None
        return _summary(mail), shown


def opened(*, mail: OutgoingMail, cipher: FieldCipher) -> MailContent:
    """Return what stands in a mail; raises DecryptionFailed."""
    sealed = mail.content or ""
    return _content(cipher.decrypt(ciphertext=sealed, place=content_place(mail_id=mail.mail_id)))


def _summary(mail: OutgoingMail) -> MailSummary:
    return MailSummary(**{name: getattr(mail, name) for name in MailSummary.__struct_fields__})
