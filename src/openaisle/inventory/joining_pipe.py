"""The pipe by which offers follow the joins and partings of their products."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from openaisle.catalog.merging.events import ProductJoined, ProductJoinUndone, ProductParted
from openaisle.inventory.joining import ProductJoins
from openaisle.kernel.context import system_context
from openaisle.kernel.pipe import Pipe
from openaisle.kernel.stream import Change

_JOINED = msgspec.json.Decoder(ProductJoined)
_UNDONE = msgspec.json.Decoder(ProductJoinUndone)
_PARTED = msgspec.json.Decoder(ProductParted)


def product_joins_pipe(*, joins: ProductJoins) -> Pipe:
    """Return the pipe that moves offers after a product was joined, parted, or a join was undone."""

    async def follow(changes: Sequence[Change]) -> None:
        for change in changes:
            context = system_context(name="catalog", at=change.at, correlation_id=change.correlation_id)
            for event in change.events:
                if event.type == ProductJoined.TYPE:
                    await joins.move_offers(product_id=_JOINED.decode(event.data).product_id, context=context)
                elif event.type == ProductJoinUndone.TYPE:
                    await joins.move_offers(product_id=_UNDONE.decode(event.data).product_id, context=context)
                elif event.type == ProductParted.TYPE:
                    parted = _PARTED.decode(event.data)
                    await joins.move_parted(
                        product_id=parted.product_id,
                        from_product=parted.from_product,
                        offer_ids=parted.offer_ids,
                        context=context,
                    )

    types = frozenset({ProductJoined.TYPE, ProductJoinUndone.TYPE, ProductParted.TYPE})
    return Pipe(name="product-joins", handle=follow, event_types=types)
