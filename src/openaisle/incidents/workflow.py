"""What happens to incidents by itself: deadlines pass, and what was said is erased in the end."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from openaisle.incidents.attachments import Attachments
from openaisle.incidents.model import IncidentState
from openaisle.incidents.repository import INCIDENT_TOPIC, INCIDENTS
from openaisle.incidents.use_cases import Incidents
from openaisle.kernel.context import Clock, system_context
from openaisle.kernel.pipe import Pipe, Timer
from openaisle.kernel.stream import Change
from openaisle.kernel.table import Item
from openaisle.orders.events import OrderShopperErased
from openaisle.orders.repository import ORDER_KIND, ORDERS

NAME = "incidents"
ERASURE = "incident-erasure"


def incident_timer(*, incidents: Incidents, attachments: Attachments) -> Timer:
    """Return the timer that escalates, reminds, closes and erases."""

    async def handle(items: Sequence[Item], now: datetime) -> None:
        context = system_context(name=NAME, at=now, correlation_id=f"{NAME}:{now.isoformat()}")
        for item in items:
            record = INCIDENTS.record(item.body)
            if record.state is IncidentState.CLOSED:
                await attachments.erase(incident_id=record.incident_id, context=context)
            else:
                await incidents.come_due(incident_id=record.incident_id, context=context)

    return Timer(topic=INCIDENT_TOPIC, handle=handle)


def incident_erasure_pipe(*, attachments: Attachments, clock: Clock) -> Pipe:
    """Return the pipe that erases what was said in settled incidents of orders whose shopper is erased."""

    async def handle(changes: Sequence[Change]) -> None:
        for change in changes:
            if change.body is not None:
                context = system_context(name=ERASURE, at=clock.now(), correlation_id=change.correlation_id or ERASURE)
                await attachments.erase_of_order(order_id=ORDERS.record(change.body).order_id, context=context)

    return Pipe(
        name=ERASURE,
        handle=handle,
        kinds=frozenset({ORDER_KIND}),
        event_types=frozenset({OrderShopperErased.TYPE}),
    )
