"""Every product of every seller of the Olist history goes in as a CSV feed, and comes out as an offer."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec

from openaisle.entrypoints.paging import every
from openaisle.entrypoints.replay.memory import OnboardedSupplier, ReplayMemory
from openaisle.entrypoints.replay.olist_bodies import feeds_by_seller
from openaisle.entrypoints.replay.olist_history import History
from openaisle.entrypoints.replay.progress import Told
from openaisle.entrypoints.replay.side_by_side import side_by_side
from openaisle.kernel.errors import OpenAisleError
from openaisle.kernel.marketplace_api import MarketplaceApi

_AT_ONCE = 16
_PAGE = 500
_PAUSE_SECONDS = 0.2
_FINAL = frozenset({"applied", "failed", "held", "canceled"})


class FeedFailed(OpenAisleError):
    """A feed of the history was not applied, or left offers out, so its orders could not be placed."""

    code = "replay-feed-failed"
    title = "A feed of the history was not taken whole"
    mend = "Read the issues of the feed named in detail."


class CatalogReport(msgspec.Struct, kw_only=True):
    """What became of the rows of all feeds: counts by outcome, and issues by their code."""

    feeds: int = 0
    counts: dict[str, int] = msgspec.field(default_factory=dict)
    issues: dict[str, int] = msgspec.field(default_factory=dict)


class CatalogLoading:
    """Hands the feeds in with each supplier's own key and waits until they are applied."""

    def __init__(self, *, history: History, memory: ReplayMemory, api: MarketplaceApi, told: Told) -> None:
        """Take the history, the memory of its suppliers, and the API to act on as each of them."""
        self._history = history
        self._memory = memory
        self._api = api
        self._told = told
        self._report = CatalogReport()

    async def run(self) -> CatalogReport:
        """Hand in, wait, and count; raises FeedFailed."""
        await self._hand_in()
        await self._until_applied()
        return self._report

    async def _hand_in(self) -> None:
        feeds = feeds_by_seller(history=self._history)
        step = self._told.step(title="feeds are handed in", total=len(feeds))

        async def hand_in(handle: str) -> None:
            supplier = self._memory.suppliers[handle]
            if not supplier.feed_id:
                answer = await self._api.acting_as(api_key=supplier.api_key).send(
                    method="POST", path="/v1/feeds", raw=feeds[handle], headers={"Content-Type": "text/csv"}
                )
                self._memory.remember(supplier=msgspec.structs.replace(supplier, feed_id=answer["feed_id"]))
            step.advance()

        await side_by_side(work=feeds, at_once=_AT_ONCE, do=hand_in)

    async def _until_applied(self) -> None:
        waiting = list(self._memory.suppliers.values())
        total = len(waiting)
        step = self._told.step(title="feeds are applied", total=total)
        while waiting:
            waiting = await self._not_yet_applied(suppliers=waiting)
            step.at(done=total - len(waiting))
            if waiting:
                await asyncio.sleep(_PAUSE_SECONDS)

    async def _not_yet_applied(self, *, suppliers: list[OnboardedSupplier]) -> list[OnboardedSupplier]:
        waiting: list[OnboardedSupplier] = []

        async def look(supplier: OnboardedSupplier) -> None:
            api = self._api.acting_as(api_key=supplier.api_key)
            feed = await api.get(path=f"/v1/feeds/{supplier.feed_id}")
            if feed["state"] in _FINAL:
                await self._take_in(api=api, feed=feed)
            else:
                waiting.append(supplier)

        await side_by_side(work=suppliers, at_once=_AT_ONCE, do=look)
        return waiting

    async def _take_in(self, *, api: MarketplaceApi, feed: dict[str, Any]) -> None:
        counts = feed["counts"]
        if feed["state"] != "applied" or counts.get("rejected"):
            raise FeedFailed(detail=f"Feed {feed['feed_id']} is {feed['state']}: {counts}.")
        self._report.feeds += 1
        for outcome, count in counts.items():
            self._report.counts[outcome] = self._report.counts.get(outcome, 0) + count
        async for issue in every(api=api, path=f"/v1/feeds/{feed['feed_id']}/issues", name="issues"):
            self._report.issues[issue["code"]] = self._report.issues.get(issue["code"], 0) + 1


async def offers_by_supplier_and_sku(*, operator: MarketplaceApi) -> dict[tuple[str, str], str]:
    """Return the identifier of every offer, by supplier identifier and supplier SKU."""
    offers = every(api=operator, path=f"/v1/offers?limit={_PAGE}", name="offers")
    return {(one["supplier_id"], one["supplier_sku"]): one["offer_id"] async for one in offers}
