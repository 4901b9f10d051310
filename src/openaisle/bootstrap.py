"""The one place that chooses adapters and puts the rooms together; nothing connects before it is asked to."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from openaisle.access import routes as access_routes
from openaisle.access.queries import ApiKeyQueries
from openaisle.access.use_cases import ApiKeys
from openaisle.adapters.api_client import ApiClient
from openaisle.adapters.local.clock import SystemClock
from openaisle.adapters.local.store import LocalTable
from openaisle.config import Settings
from openaisle.kernel.context import Clock
from openaisle.kernel.http import Operation
from openaisle.kernel.identifiers import Identifiers, TimeOrderedIdentifiers
from openaisle.kernel.marketplace_api import MarketplaceApi
from openaisle.kernel.pipe import Pipe, Source, Timer
from openaisle.kernel.table import Key

_NOWHERE = Key("READINESS", "READINESS")


@dataclass(frozen=True, kw_only=True)
class Engines:
    """The ports with the adapters chosen for them."""

    settings: Settings
    clock: Clock
    identifiers: Identifiers
    table: LocalTable


@dataclass(frozen=True, kw_only=True)
class Marketplace:
    """An open marketplace: what entry points call, and what a worker runs."""

    engines: Engines
    api_keys: ApiKeys
    api_key_queries: ApiKeyQueries
    operations: tuple[Operation, ...]
    pipes: tuple[Pipe, ...]
    timers: tuple[Timer, ...]
    sources: Mapping[str, Source]

    @property
    def settings(self) -> Settings:
        """The settings it was opened with."""
        return self.engines.settings

    @property
    def clock(self) -> Clock:
        """The clock that entry points ask."""
        return self.engines.clock

    async def require_ready(self) -> None:
        """Read from the store; raises what the store raises if it cannot be read."""
        await self.engines.table.get(key=_NOWHERE)


@asynccontextmanager
async def open_marketplace(*, settings: Settings) -> AsyncIterator[Marketplace]:
    """Open the store and everything around it for one process, and close them in the end.

    Raises SettingsInvalid, or the named error of the adapter that cannot be opened.
    """
    settings.home_directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    clock = SystemClock()
    table = LocalTable(path=settings.store_file, clock=clock, durable=settings.durable)
    try:
        identifiers = TimeOrderedIdentifiers(clock=clock, entropy=secrets.token_bytes)
        yield _put_together(Engines(settings=settings, clock=clock, identifiers=identifiers, table=table))
    finally:
        await table.close()


def _put_together(engines: Engines) -> Marketplace:
    api_keys = ApiKeys(table=engines.table, identifiers=engines.identifiers, entropy=secrets.token_bytes)
    api_key_queries = ApiKeyQueries(table=engines.table)
    operations = access_routes.operations(use_cases=api_keys, queries=api_key_queries)
    return Marketplace(
        engines=engines,
        api_keys=api_keys,
        api_key_queries=api_key_queries,
        operations=operations,
        pipes=(),
        timers=(),
        sources={},
    )


def api_client(*, base_url: str, api_key: str | None = None) -> MarketplaceApi:
    """Return a client of a marketplace's HTTP API; it connects with its first call."""
    return ApiClient(base_url=base_url, api_key=api_key)
