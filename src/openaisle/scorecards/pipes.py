"""What scorecards follow besides the counts: suppliers that sell again begin anew."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from openaisle.kernel.context import Clock, system_context
from openaisle.kernel.pipe import Pipe
from openaisle.kernel.stream import Change
from openaisle.scorecards.use_cases import Scorecards
from openaisle.suppliers.events import SupplierReinstated

NAME = "scorecard-reinstatements"
_REASON_MAXIMUM = 1_000


class _Reinstated(msgspec.Struct):
    supplier_id: str
    reason: str = ""


_reinstated = msgspec.json.Decoder(_Reinstated).decode


def reinstatements_pipe(*, scorecards: Scorecards, clock: Clock) -> Pipe:
    """Return the pipe that judges a supplier which sells again only by what it does from then on."""

    async def handle(changes: Sequence[Change]) -> None:
        for change in changes:
            for event in change.events:
                if event.type == SupplierReinstated.TYPE:
                    told = _reinstated(event.data)
                    context = system_context(name=NAME, at=clock.now(), correlation_id=change.correlation_id)
                    await scorecards.follow_reinstatement(
                        supplier_id=told.supplier_id,
                        reason=f"It sells again: {told.reason}"[:_REASON_MAXIMUM],
                        reinstated_at=change.at,
                        context=context,
                    )

    return Pipe(name=NAME, handle=handle, event_types=frozenset({SupplierReinstated.TYPE}))
