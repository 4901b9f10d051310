"""What happens to incidents by itself: deadlines pass, and what was said is erased in the end."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from openaisle.incidents.attachments import Attachments
from openaisle.incidents.model import IncidentState
from openaisle.incidents.repository import INCIDENT_TOPIC, INCIDENTS
from openaisle.incidents.use_cases import Incidents
from openaisle.kernel.context import system_context
from openaisle.kernel.pipe import Timer
from openaisle.kernel.table import Item

NAME = "incidents"


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
