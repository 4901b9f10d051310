"""Reading incidents; each party sees its own, and of the thread what is for it."""

from __future__ import annotations

from openaisle.incidents.access import require_party
from openaisle.incidents.contacts import without_contacts
from openaisle.incidents.model import (
    ATTACHMENTS_MAXIMUM,
    MESSAGES_MAXIMUM,
    IncidentMessage,
    Party,
    unknown_incident,
)
from openaisle.incidents.policy import IncidentPolicy
from openaisle.incidents.repository import (
    ATTACHMENTS,
    INCIDENT_PREFIX,
    INCIDENTS,
    MESSAGES,
    attachments_prefix,
    due_partition,
    incident_key,
    incidents_partition,
    messages_prefix,
    order_of,
    storefront_incidents_partition,
    supplier_incidents_partition,
)
from openaisle.incidents.use_cases import text_place
from openaisle.incidents.views import (
    AttachmentView,
    IncidentPage,
    IncidentView,
    MessageView,
    attachment_view,
    incident_summary,
    incident_view,
)
from openaisle.kernel.context import Principal, Role
from openaisle.kernel.encryption import FieldCipher
from openaisle.kernel.table import Index, Table
from openaisle.orders.model import unknown_order
from openaisle.orders.queries import OrderQueries

_OF_ONE_ORDER = 100


class IncidentQueries:
    """The queries of incidents."""

    def __init__(self, *, table: Table, orders: OrderQueries, cipher: FieldCipher, policy: IncidentPolicy) -> None:
        """Take the table, what reads orders, what opens messages, and the policy."""
        self._table = table
        self._orders = orders
        self._cipher = cipher
        self._policy = policy

    async def one(self, *, incident_id: str, principal: Principal) -> IncidentView:
        """Return an incident with its thread; raises IncidentUnknown, also for one of others."""
        item = await self._table.get(key=incident_key(incident_id=incident_id))
        if item is None:
            raise unknown_incident(incident_id=incident_id)
        record = INCIDENTS.record(item.body)
        party = require_party(record=record, principal=principal)
        return incident_view(
            record=record,
            messages=await self._messages(incident_id=incident_id, party=party),
            attachments=await self._attachments(incident_id=incident_id, party=party),
            party=party,
        )

    async def of_order(self, *, order_id: str, principal: Principal) -> IncidentPage:
        """Return all incidents of an order, for its storefront and the operator; raises OrderUnknown."""
        order, _ = await self._orders.whole(order_id=order_id)
        if principal.role is Role.STOREFRONT and order.storefront_id != principal.subject_id:
            raise unknown_order(order_id=order_id)
        page = await self._table.query(
            partition=incidents_partition(order_id=order_id), sort_prefix=INCIDENT_PREFIX, limit=_OF_ONE_ORDER
        )
        shown = [incident_summary(INCIDENTS.record(item.body)) for item in page.items]
        return IncidentPage(incidents=shown, next_after=None)

    async def of_supplier(self, *, supplier_id: str, after: str | None = None, limit: int = 100) -> IncidentPage:
        """Return a page of a supplier's incidents, the newest first."""
        partition = supplier_incidents_partition(supplier_id=supplier_id)
        return await self._page(Index.FIRST, partition, after=after, limit=limit, descending=True)

    async def of_storefront(self, *, storefront_id: str, after: str | None = None, limit: int = 100) -> IncidentPage:
        """Return a page of a storefront's incidents, the newest first."""
        partition = storefront_incidents_partition(storefront_id=storefront_id)
        return await self._page(Index.SECOND, partition, after=after, limit=limit, descending=True)

    async def due(self, *, after: str | None = None, limit: int = 100) -> IncidentPage:
        """Return a page of all incidents in which something comes due, what comes first in front."""
        return await self._page(Index.DUE, due_partition(), after=after, limit=limit, descending=False)

    async def _page(
        self, index: Index, partition: str, *, after: str | None, limit: int, descending: bool
    ) -> IncidentPage:
        page = await self._table.query(
            partition=partition, index=index, after=after, limit=limit, descending=descending
        )
        shown = [incident_summary(INCIDENTS.record(item.body)) for item in page.items]
        return IncidentPage(incidents=shown, next_after=page.cursor)

    async def _messages(self, *, incident_id: str, party: Party) -> list[MessageView]:
        page = await self._table.query(
            partition=incidents_partition(order_id=order_of(incident_id)),
            sort_prefix=messages_prefix(incident_id=incident_id),
            limit=MESSAGES_MAXIMUM,
        )
        said = sorted((MESSAGES.record(item.body) for item in page.items), key=lambda one: one.number)
        return [self._shown(message=one, party=party) for one in said if one.audience.reaches(party)]

    def _shown(self, *, message: IncidentMessage, party: Party) -> MessageView:
        place = text_place(incident_id=message.incident_id, message_id=message.message_id)
        text = self._cipher.decrypt(ciphertext=message.text, place=place).decode()
        # What the operator writes is meant to be read; what one writes oneself is known.
        is_foreign = party is not Party.OPERATOR and message.author not in {party, Party.OPERATOR}
        return MessageView(
            message_id=message.message_id,
            at=message.at,
            author=message.author,
            audience=message.audience,
            text=without_contacts(text) if is_foreign and self._policy.contacts_masked else text,
        )

    async def _attachments(self, *, incident_id: str, party: Party) -> list[AttachmentView]:
        page = await self._table.query(
            partition=incidents_partition(order_id=order_of(incident_id)),
            sort_prefix=attachments_prefix(incident_id=incident_id),
            limit=ATTACHMENTS_MAXIMUM,
        )
        files = sorted((ATTACHMENTS.record(item.body) for item in page.items), key=lambda one: one.at)
        return [attachment_view(one) for one in files if one.audience.reaches(party)]
