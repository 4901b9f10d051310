"""Write mails, and send again what was given up."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path

import msgspec

from openaisle.kernel.context import Context
from openaisle.kernel.encryption import FieldCipher
from openaisle.kernel.identifiers import derived_identifier
from openaisle.kernel.records import decided_anew
from openaisle.kernel.table import CommitRefused, Table
from openaisle.mail.catalog import MailTemplates, load_templates
from openaisle.mail.model import (
    KEPT_FOR,
    MailContent,
    MailMissing,
    MailState,
    OutgoingMail,
    decide_again,
    masked_address,
    require_address,
)
from openaisle.mail.repository import MAILS, mail_key
from openaisle.mail.specification import SPECIFICATIONS
from openaisle.mail.template import rendered, require_data

_encode = msgspec.json.Encoder().encode


def content_place(*, mail_id: str) -> str:
    """Return the place to which the encryption of a mail's content is bound."""
    return f"mail:{mail_id}:content"


class Mail:
    """The use cases of mails."""

    def __init__(
        self, *, table: Table, cipher: FieldCipher, marketplace_name: str, overrides: Path | None = None
    ) -> None:
        """Take the ports, the name the marketplace has in mails, and the folder of a retailer's own templates."""
        self._table = table
        self._cipher = cipher
        self._marketplace_name = marketplace_name
        self._overrides = overrides

    @cached_property
    def templates(self) -> MailTemplates:
        """The templates, read with the first mail; raises MailTemplateInvalid."""
        return load_templates(overrides=self._overrides)

    async def send(
        self,
        *,
        template: str,
        to: str,
        language: str,
        data: Mapping[str, str],
        deduplication_key: str,
        context: Context,
    ) -> str:
        """Write a mail, which is delivered soon after; return its identifier.

        ``deduplication_key`` says which mail this is: a second one of the same key is not sent. Raises
        MailTemplateUnknown, MailDataMissing, MailAddressInvalid, MailTemplateInvalid.
        """
        chosen = self.templates.template(name=template, language=language)
        values = require_data(
            specification=SPECIFICATIONS[template], data={**data, "marketplace_name": self._marketplace_name}
        )
        recipient = require_address(address=to)
        mail_id = derived_identifier(prefix="mal", parts=(deduplication_key,))
        words = rendered(template=chosen, values=values)
        content = MailContent(recipient=recipient, subject=words.subject, text=words.text, html=words.html)
        sealed = self._cipher.encrypt(plaintext=_encode(content), place=content_place(mail_id=mail_id))
        mail = OutgoingMail(
            mail_id=mail_id,
            template=template,
            language=chosen.language,
            state=MailState.WAITING,
            recipient_masked=masked_address(address=recipient),
            content=sealed,
            next_attempt_at=context.at,
            created_at=context.at,
            expires_at=context.at + KEPT_FOR,
            correlation_id=context.correlation_id,
        )
        try:
            await self._table.commit(writes=[MAILS.create(mail)], context=context)
        except CommitRefused:
            # It was written before, under the same key: the first one stands.
            return mail_id
        return mail_id

    async def send_again(self, *, mail_id: str, context: Context) -> None:
        """Try a mail again that was given up; raises MailMissing, MailNotFailed."""

        async def attempt() -> None:
            item = await self._table.get(key=mail_key(mail_id=mail_id))
            if item is None:
                raise MailMissing(detail=f"There is no mail {mail_id[:40]}.")
            found = MAILS.decode(item)
            again = decide_again(mail=found.record, at=context.at)
            await self._table.commit(writes=[MAILS.replace(again, version=found.version)], context=context)

        await decided_anew(attempt)
