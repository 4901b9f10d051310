"""Tells suppliers by mail what becomes of their scorecards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import msgspec

from openaisle.kernel.context import Clock, Context, system_context
from openaisle.kernel.errors import RequestInvalid
from openaisle.kernel.pipe import Pipe
from openaisle.kernel.stream import Change
from openaisle.scorecards.events import (
    Beyond,
    ScorecardEased,
    ScorecardNoticeGiven,
    ScorecardRecovered,
    ScorecardWarned,
)
from openaisle.scorecards.model import told_of
from openaisle.scorecards.repository import SCORECARDS
from openaisle.suppliers.contact import SupplierContact

NAME = "scorecard-mails"
# Of a suspension the room of suppliers writes itself.
_TEMPLATES: Mapping[str, str] = {
    ScorecardWarned.TYPE: "scorecard_warning",
    ScorecardNoticeGiven.TYPE: "scorecard_notice",
    ScorecardEased.TYPE: "scorecard_eased",
    ScorecardRecovered.TYPE: "scorecard_recovered",
}


class SendsMail(Protocol):
    """What this room needs of the room of mail."""

    async def send(
        self,
        *,
        template: str,
        to: str,
        language: str,
        data: Mapping[str, str],
        deduplication_key: str,
        context: Context,
    ) -> object:
        """Send a mail of a template once, however often it is asked for with one key."""
        ...


class Contacts(Protocol):
    """What this room needs of the room of suppliers."""

    async def contact(self, *, supplier_id: str) -> SupplierContact | None:
        """Return how a supplier is written to."""
        ...


class _Told(msgspec.Struct):
    supplier_id: str = ""
    beyond: list[Beyond] = []
    notice_ends_at: str = ""


_told = msgspec.json.Decoder(_Told).decode


def scorecard_mails_pipe(*, mail: SendsMail, contacts: Contacts, clock: Clock, public_address: str) -> Pipe:
    """Return the pipe that writes the mails; a change that comes twice writes one."""

    async def handle(changes: Sequence[Change]) -> None:
        for change in changes:
            for event in change.events:
                template = _TEMPLATES.get(event.type)
                if template is not None:
                    await written(change, template=template, told=_told(event.data))

    async def written(change: Change, *, template: str, told: _Told) -> None:
        contact = await contacts.contact(supplier_id=told.supplier_id)
        if contact is None:
            return
        context = system_context(name=NAME, at=clock.now(), correlation_id=change.correlation_id)
        data = {
            "supplier_name": contact.name,
            "findings": told_of(beyond=told.beyond) or "-",
            "effective_on": told.notice_ends_at[:10] or "-",
            "link": f"{public_address}/portal/scorecard",
        }
        try:
            await mail.send(
                template=template,
                to=contact.email,
                language=contact.language,
                data=data,
                deduplication_key=f"{template}#{told.supplier_id}#{change.version}",
                context=context,
            )
        except RequestInvalid:
            # What the supplier gave as its address is none; the portal and the events tell it all the same.
            return

    return Pipe(name=NAME, handle=handle, kinds=frozenset({SCORECARDS.kind}), event_types=frozenset(_TEMPLATES))
