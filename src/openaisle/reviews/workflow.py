"""What happens by itself: tasks that are overdue are escalated."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from openaisle.kernel.context import system_context
from openaisle.kernel.pipe import Timer
from openaisle.kernel.table import Item
from openaisle.reviews.repository import ESCALATION_TOPIC, REVIEW_TASKS
from openaisle.reviews.use_cases import Reviews

ESCALATE = "review-escalation"


def escalation_timer(*, use_cases: Reviews) -> Timer:
    """Return the timer that escalates tasks which nobody took on or decided in time."""

    async def handle(items: Sequence[Item], now: datetime) -> None:
        context = system_context(name=ESCALATE, at=now, correlation_id=f"{ESCALATE}:{now.isoformat()}")
        for item in items:
            await use_cases.escalate(task_id=REVIEW_TASKS.record(item.body).task_id, context=context)

    return Timer(topic=ESCALATION_TOPIC, handle=handle)
