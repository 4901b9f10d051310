"""The whole replay of the Olist history: a marketplace of its own, simulated suppliers, and the reconciliation."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import msgspec

from openaisle.bootstrap import api_client
from openaisle.config import Settings
from openaisle.entrypoints.replay.memory import ReplayMemory
from openaisle.entrypoints.replay.olist_catalog import CatalogLoading, CatalogReport, offers_by_supplier_and_sku
from openaisle.entrypoints.replay.olist_history import History, read_history
from openaisle.entrypoints.replay.olist_hostile_reconciliation import HostileReconciliation
from openaisle.entrypoints.replay.olist_hostile_settling import HostileSettling
from openaisle.entrypoints.replay.olist_hostile_suppliers import CONNECTION, manners_of, setup_of
from openaisle.entrypoints.replay.olist_onboarding import Onboarding, OnboardingReport
from openaisle.entrypoints.replay.olist_orders import place_orders
from openaisle.entrypoints.replay.olist_settling import Settling
from openaisle.entrypoints.replay.progress import Told
from openaisle.entrypoints.replay.reconciliation import Reconciliation
from openaisle.entrypoints.simulated import address_of, free_port, simulated_suppliers
from openaisle.entrypoints.stage import Stage, staged
from openaisle.kernel.context import Role
from openaisle.kernel.marketplace_api import MarketplaceApi

STOREFRONT = "olist-history"
_FOLDER = "olist-replay"


class CorrectionCount(msgspec.Struct, frozen=True, kw_only=True):
    """How often one rule mended one field."""

    field: str
    rule: str
    count: int


class ReplayReport(msgspec.Struct, frozen=True, kw_only=True):
    """What a replay did and found; ``orders_placed`` are those of this run, after a restart fewer than all."""

    onboarding: OnboardingReport
    supplier_corrections: tuple[CorrectionCount, ...]
    catalog: CatalogReport
    orders_placed: int
    placing_seconds: float
    seconds: float
    reconciliation: Reconciliation | None
    hostile: HostileReconciliation | None = None

    @property
    def agrees(self) -> bool:
        """Whether nothing differs from what the history, and the manners of its suppliers, let expect."""
        found = self.reconciliation if self.hostile is None else self.hostile
        return found is not None and found.agrees


async def replay_olist(
    *,
    settings: Settings,
    directory: Path,
    maximum_orders: int | None,
    at_once: int,
    patience_seconds: float,
    told: Told,
    hostile: bool = False,
) -> ReplayReport:
    """Replay the dataset in ``directory`` and return the report.

    With ``hostile`` a third of the suppliers reject, say nothing or are down every other moment.
    Raises HistoryUnreadable, FeedFailed, SettlingStalled, ApiAnswerUnexpected or ApiUnreachable.
    """
    began = time.monotonic()
    history = read_history(directory=directory, maximum_orders=maximum_orders)
    port = free_port(host=settings.host)
    staged_settings = msgspec.structs.replace(
        settings, allowed_private_hosts=(*settings.allowed_private_hosts, f"{settings.host}:{port}")
    )
    memory = ReplayMemory(directory=settings.home_directory / _FOLDER)
    async with staged(settings=staged_settings) as stage:
        told.note(text=f"The marketplace answers at {stage.address}, its data is in {settings.home_directory}.")
        return await _Replay(stage=stage, history=history, memory=memory, port=port, told=told, hostile=hostile).run(
            at_once=at_once, patience_seconds=patience_seconds, began=began
        )


class _Replay:
    def __init__(
        self, *, stage: Stage, history: History, memory: ReplayMemory, port: int, told: Told, hostile: bool
    ) -> None:
        self._manners = manners_of(handles=history.sellers) if hostile else None
        self._stage = stage
        self._history = history
        self._memory = memory
        self._port = port
        self._told = told

    async def run(self, *, at_once: int, patience_seconds: float, began: float) -> ReplayReport:
        stage, history, memory = self._stage, self._history, self._memory
        operator = stage.api.acting_as(
            api_key=await stage.key(role=Role.OPERATOR, subject_id="history-replay", label="history replay")
        )
        storefront = stage.api.acting_as(
            api_key=await stage.key(role=Role.STOREFRONT, subject_id=STOREFRONT, label="history replay")
        )
        onboarding = await Onboarding(
            history=history,
            memory=memory,
            anyone=stage.api,
            operator=operator,
            told=self._told,
            connection=None if self._manners is None else CONNECTION,
        ).run(address_of=self._address_of)
        self._start_suppliers()
        catalog = await CatalogLoading(history=history, memory=memory, api=stage.api, told=self._told).run()
        offers = await offers_by_supplier_and_sku(operator=operator)
        before, placing_began = memory.orders_placed, time.monotonic()
        await place_orders(
            history=history, memory=memory, storefront=storefront, offers=offers, at_once=at_once, told=self._told
        )
        placed, placing_ended = memory.orders_placed - before, time.monotonic()
        reconciliation = hostile = None
        if self._manners is None:
            reconciliation = await Settling(
                history=history,
                memory=memory,
                operator=operator,
                storefront=storefront,
                patience_seconds=patience_seconds,
                told=self._told,
            ).run()
        else:
            hostile = await self._hostile_end(
                manners=self._manners, operator=operator, storefront=storefront, patience_seconds=patience_seconds
            )
        return ReplayReport(
            onboarding=onboarding,
            supplier_corrections=_counted(onboarding),
            catalog=catalog,
            orders_placed=placed,
            placing_seconds=placing_ended - placing_began,
            seconds=time.monotonic() - began,
            reconciliation=reconciliation,
            hostile=hostile,
        )

    async def _hostile_end(
        self,
        *,
        manners: Mapping[str, str],
        operator: MarketplaceApi,
        storefront: MarketplaceApi,
        patience_seconds: float,
    ) -> HostileReconciliation:
        suppliers = api_client(base_url=f"http://{self._stage.settings.host}:{self._port}")
        try:
            return await HostileSettling(
                history=self._history,
                memory=self._memory,
                manners=manners,
                operator=operator,
                storefront=storefront,
                suppliers=suppliers,
                patience_seconds=patience_seconds,
                told=self._told,
            ).run()
        finally:
            await suppliers.close()

    def _address_of(self, handle: str) -> str:
        return address_of(host=self._stage.settings.host, port=self._port, handle=handle)

    def _start_suppliers(self) -> None:
        child = simulated_suppliers(
            directory=self._stage.settings.home_directory / _FOLDER,
            marketplace=self._stage.address,
            host=self._stage.settings.host,
            port=self._port,
            suppliers=[
                {
                    "handle": supplier.handle,
                    "api_key": supplier.api_key,
                    "signing_secrets": [supplier.signing_secret],
                    "gathers_seconds": 0.2,
                    **({} if self._manners is None else setup_of(manner=self._manners[supplier.handle])),
                }
                for supplier in self._memory.suppliers.values()
            ],
        )
        self._stage.start(children=[child])


def _counted(onboarding: OnboardingReport) -> tuple[CorrectionCount, ...]:
    counts = Counter((one["field"], one["rule"]) for one in onboarding.corrections)
    return tuple(
        CorrectionCount(field=field, rule=rule, count=count) for (field, rule), count in sorted(counts.items())
    )
