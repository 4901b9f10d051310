"""The HTTP operation of allocation what-ifs."""

from __future__ import annotations

from openaisle.kernel.http import OPERATOR, Answer, Operation, Request
from openaisle.orders.allocating.what_if_queries import WhatIf, WhatIfBody, WhatIfQueries


def what_if_operations(*, what_ifs: WhatIfQueries) -> tuple[Operation, ...]:
    """Return the operation."""

    async def compare(request: Request) -> Answer:
        body: WhatIfBody = request.body
        return Answer(value=await what_ifs.compared(day=body.day, given=body.weights))

    return (
        Operation(
            method="POST",
            path="/v1/allocation-what-ifs",
            name="compare_allocation_weights",
            summary="Tell how a day's orders would have been allocated by other weights",
            description=(
                "Replays up to 20,000 orders of a day from the reasons they keep, by the weights given and else those"
                " in force, and compares cost by these weights, price, parcels, splits, days and changes of supplier."
                " Nothing is changed. The reasons keep no locations, so each offer is taken to ship from one place."
            ),
            tag="Orders",
            roles=OPERATOR,
            handle=compare,
            body=WhatIfBody,
            answer=WhatIf,
        ),
    )
