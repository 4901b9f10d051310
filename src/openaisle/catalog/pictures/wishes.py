"""Products name addresses of pictures; each is to be looked at once, however many products name it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from openaisle.catalog.model import Product
from openaisle.catalog.pictures.model import PicturePolicy, decide_wanted, picture_identifier
from openaisle.catalog.pictures.repository import PICTURES, picture_key
from openaisle.catalog.repository import PRODUCTS
from openaisle.kernel.context import Context, system_context
from openaisle.kernel.pipe import Pipe
from openaisle.kernel.records import decided_anew
from openaisle.kernel.stream import Change
from openaisle.kernel.table import Table, Write

_URLS_PER_COMMIT = 90
_PRODUCT = msgspec.json.Decoder(Product)


class PictureWishes:
    """Takes addresses that are to be looked at."""

    def __init__(self, *, table: Table, policy: PicturePolicy) -> None:
        """Take the table, and the policy that says when to look again."""
        self._table = table
        self._policy = policy

    async def want(self, *, urls: Iterable[str], context: Context) -> None:
        """Have addresses looked at soon, unless that was done lately; wished twice, they are looked at once."""
        wanted = list(dict.fromkeys(urls))
        for start in range(0, len(wanted), _URLS_PER_COMMIT):
            some = wanted[start : start + _URLS_PER_COMMIT]
            await decided_anew(lambda some=some: self._want(some, context))  # type: ignore[misc]

    async def _want(self, urls: Sequence[str], context: Context) -> None:
        keys = [picture_key(picture_id=picture_identifier(url=url)) for url in urls]
        writes: list[Write] = []
        for url, item in zip(urls, await self._table.get_many(keys=keys), strict=True):
            found = PICTURES.decode(item) if item is not None else None
            changed = decide_wanted(
                picture=found.record if found is not None else None, url=url, policy=self._policy, at=context.at
            )
            if changed is not None:
                version = found.version if found is not None else 0
                writes.append(PICTURES.replace(changed, version=version) if version else PICTURES.create(changed))
        if writes:
            await self._table.commit(writes=writes, context=context)

    def pipe(self) -> Pipe:
        """Return the pipe that follows products as they change; what feeds make in bulk is told by their end."""

        async def follow(changes: Sequence[Change]) -> None:
            urls = [
                url for change in changes if change.body is not None for url in _PRODUCT.decode(change.body).image_urls
            ]
            if urls:
                last = changes[-1]
                context = system_context(name="pictures", at=last.at, correlation_id=last.correlation_id)
                await self.want(urls=urls, context=context)

        return Pipe(name="pictures-of-products", handle=follow, kinds=frozenset({PRODUCTS.kind}), batch_size=500)
