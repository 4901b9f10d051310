"""Incidents, over a small marketplace in which something was bought and delivered."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import Any

from openaisle.adapters.local.blobs import LocalBlobs
from openaisle.adapters.local.encryption import KeyFileCipher
from openaisle.incidents.attachments import Attachments, FileFacts
from openaisle.incidents.commands import NewIncident, NewMessage, Settlement
from openaisle.incidents.model import Attachment, Audience, Incident, IncidentKind, Outcome
from openaisle.incidents.policy import IncidentPolicy
from openaisle.incidents.queries import IncidentQueries
from openaisle.incidents.use_cases import Incidents
from openaisle.incidents.views import IncidentView
from openaisle.incidents.workflow import incident_timer
from openaisle.kernel.context import Role
from openaisle.kernel.table import Table
from tests.factories.returns import LATER, ReturnRoom, context_of

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 20


class IncidentRoom:
    """The room of incidents on a table, with what a test does most."""

    def __init__(self, *, table: Table, folder: Path, policy: IncidentPolicy | None = None) -> None:
        self.table = table
        self.goods = ReturnRoom(table=table)
        self.policy = policy or IncidentPolicy()
        cipher, orders = KeyFileCipher(path=folder.with_name("key")), self.goods.shop.queries
        self.incidents = Incidents(
            table=table, orders=orders, refunds=self.goods.refunds, cipher=cipher, policy=self.policy
        )
        self.attachments = Attachments(table=table, blobs=LocalBlobs(folder=folder), cipher=cipher)
        self.queries = IncidentQueries(table=table, orders=orders, cipher=cipher, policy=self.policy)
        self.timer = incident_timer(incidents=self.incidents, attachments=self.attachments)

    async def opened(self, *, role: Role = Role.STOREFRONT, at: datetime = LATER, **given: Any) -> Incident:
        """Open an incident about an order of one supplier."""
        order_id = given.pop("order_id", None)
        if order_id is None:
            _, placed = await self.goods.bought(quantity=2, price_minor=1_000, shipping_minor=100)
            order_id = placed.order_id
        return await self.incidents.open(order_id=order_id, wanted=make_incident(**given), context=context_of(role, at))

    async def said(
        self,
        incident: Incident,
        text: str,
        *,
        role: Role,
        audience: Audience = Audience.EVERYONE,
        at: datetime = LATER,
        reference: str = "",
    ) -> Incident:
        message = NewMessage(reference=reference or f"M-{text}"[:60].replace(" ", "-"), text=text, audience=audience)
        return await self.incidents.say(incident_id=incident.incident_id, wanted=message, context=context_of(role, at))

    async def settled(
        self, incident: Incident, outcome: Outcome, *, role: Role = Role.OPERATOR, at: datetime = LATER, **given: Any
    ) -> Incident:
        return await self.incidents.resolve(
            incident_id=incident.incident_id,
            settlement=Settlement(outcome=outcome, **given),
            context=context_of(role, at),
        )

    async def seen(self, incident: Incident, *, role: Role) -> IncidentView:
        return await self.queries.one(incident_id=incident.incident_id, principal=context_of(role).principal)

    async def due(self, incident: Incident, *, at: datetime) -> IncidentView:
        """Let the timer meet the incident at a moment."""
        page = await self.table.query(
            partition=f"INCIDENTS#{incident.order_id}", sort_prefix=f"INCIDENT#{incident.incident_id[-2:]}"
        )
        await self.timer.handle(page.items, at)
        return await self.seen(incident, role=Role.OPERATOR)

    async def handed_in(
        self,
        incident: Incident,
        *,
        role: Role,
        content: bytes = PNG,
        media_type: str = "image/png",
        audience: Audience = Audience.EVERYONE,
    ) -> Attachment:
        facts = FileFacts(file_name="broken.png", media_type=media_type, audience=audience)
        return await self.attachments.add(
            incident_id=incident.incident_id, facts=facts, chunks=pieces(content), context=context_of(role)
        )


async def pieces(content: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(content), 1_000_000):
        yield content[start : start + 1_000_000]


def make_incident(**given: Any) -> NewIncident:
    facts: dict[str, Any] = {"reference": "INC-1", "kind": IncidentKind.DAMAGED, "text": "The mug is broken."}
    return NewIncident(**(facts | given))
