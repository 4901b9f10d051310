"""What every seed starts from: a store with suppliers, products, offers and stock, made once and copied for each."""

from __future__ import annotations

import asyncio
import dataclasses
import functools
import shutil
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from openaisle.bootstrap import Engines, open_marketplace, plug_ins
from openaisle.bootstrap.rooms import rooms_over
from openaisle.catalog.repository import PRODUCTS
from openaisle.config import Settings
from openaisle.inventory.repository import STOCK_LEVELS
from openaisle.kernel.outbound import HttpAnswer
from openaisle.offers.model import Offer
from openaisle.offers.repository import OFFERS
from openaisle.suppliers.connection_settings import ConnectionSettings
from openaisle.suppliers.model import SupplierState
from openaisle.suppliers.repository import SUPPLIERS
from tests.factories.catalog import product
from tests.factories.contexts import make_context
from tests.factories.inventory import stock_level
from tests.factories.offers import offer
from tests.factories.suppliers import make_supplier

START = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
SUPPLIERS_COUNT = 6
PRODUCTS_COUNT = 5
ATTEMPTS_MAXIMUM = 3


class Place(NamedTuple):
    """Where stock stands."""

    offer_id: str
    location: str


@dataclasses.dataclass(frozen=True, kw_only=True)
class Ground:
    """The prepared store and the adapters that need no process of their own."""

    store_file: Path
    engines: Engines
    supplier_ids: tuple[str, ...]
    product_ids: tuple[str, ...]
    offers: Mapping[str, Offer]

    def copied(self, *, to: Path) -> None:
        """Put a fresh copy of the store there."""
        for leftover in to.parent.glob(f"{to.name}*"):
            leftover.unlink()
        shutil.copyfile(self.store_file, to)


class _Nobody:
    """Whoever may be called; nobody is, while the ground is prepared."""

    async def call(
        self,
        *,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes,
        timeout_seconds: float,
        maximum_answer_bytes: int = 1_000_000,
    ) -> HttpAnswer:
        raise NotImplementedError

    async def require_callable(self, *, url: str) -> None:
        return None


def prepared_ground(*, directory: Path) -> Ground:
    """Make the store that every seed starts from."""
    return asyncio.run(_prepared(directory=directory))


async def _prepared(*, directory: Path) -> Ground:
    # Each new process would look through all installed packages for plug-ins; they are the same for all.
    plug_ins._entry_points = functools.cache(plug_ins._entry_points)  # type: ignore[assignment]
    settings = Settings(home=str(directory), durable=False, order_attempts_maximum=ATTEMPTS_MAXIMUM)
    async with open_marketplace(settings=settings) as marketplace:
        engines = dataclasses.replace(marketplace.engines, caller=_Nobody())
        supplier_ids = await _suppliers(engines=engines)
        offers = await _offers(engines=engines, supplier_ids=supplier_ids)
        return Ground(
            store_file=settings.store_file,
            engines=engines,
            supplier_ids=supplier_ids,
            product_ids=tuple(dict.fromkeys(one.product_id for one in offers.values())),
            offers=offers,
        )


async def _suppliers(*, engines: Engines) -> tuple[str, ...]:
    rooms = rooms_over(engines=engines)
    context = make_context(at=START)
    supplier_ids = []
    for number in range(SUPPLIERS_COUNT):
        supplier_id = f"sup_{number:026d}"
        supplier_ids.append(supplier_id)
        supplier = make_supplier(state=SupplierState.ACTIVE, supplier_id=supplier_id)
        await engines.table.commit(writes=[SUPPLIERS.create(supplier)], context=context)
        address = f"https://{supplier_id}.example"
        connection = ConnectionSettings(
            order_acceptance_url=f"{address}/purchase-orders",
            cancellation_url=f"{address}/cancellations" if number % 3 else None,
            inventory_url=f"{address}/inventory" if number % 2 else None,
            timeout_seconds=2,
            maximum_batch=(1, 2, 5, 50, 50, 3)[number],
            acknowledge_within_seconds=(30, 20, 40, 25, 60, 30)[number],
            inventory_freshness_seconds=(0, 0, 0, 10, 0, 5)[number],
        )
        await rooms.supplier_connections.connect(supplier_id=supplier_id, settings=connection, context=context)
    return tuple(supplier_ids)


async def _offers(*, engines: Engines, supplier_ids: tuple[str, ...]) -> dict[str, Offer]:
    offers: dict[str, Offer] = {}
    for number in range(PRODUCTS_COUNT):
        article = product(supplier_id=supplier_ids[0], supplier_sku=f"P-{number}")
        await engines.table.commit(writes=[PRODUCTS.store(article)], context=make_context(at=START))
        for position, supplier_id in enumerate(supplier_ids):
            if (position + number) % 3 == 0:
                continue
            made = offer(
                supplier_id=supplier_id,
                supplier_sku=f"SKU-{number}",
                product_id=article.product_id,
                price_minor=1_000 + 37 * position + 100 * number,
                lead_time_days=1 + (position + number) % 4,
            )
            offers[made.offer_id] = made
            levels = {"default": 3 + (position * 5 + number * 3) % 9}
            if position % 2:
                levels["north"] = 2 + number
            writes = [OFFERS.create(made)]
            writes.extend(
                STOCK_LEVELS.create(stock_level(of=made, location=location, on_hand=on_hand, at=START))
                for location, on_hand in levels.items()
            )
            await engines.table.commit(writes=writes, context=make_context(at=START))
    return offers
