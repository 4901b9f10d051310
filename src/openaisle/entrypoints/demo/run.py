"""The demonstration from an empty home to orders that flow: everything through the public API."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Any

import msgspec

from openaisle.config import Settings
from openaisle.entrypoints.console.application import sessions_of
from openaisle.entrypoints.demo.cast import CAST, DemoSupplier
from openaisle.entrypoints.demo.goods import range_of, submission
from openaisle.entrypoints.demo.traffic import OnSale, Shoppers
from openaisle.entrypoints.paging import every
from openaisle.entrypoints.simulated import address_of, free_port, simulated_suppliers
from openaisle.entrypoints.stage import Stage, staged
from openaisle.kernel.context import Role, system_context
from openaisle.kernel.marketplace_api import ApiAnswerUnexpected, MarketplaceApi

STOREFRONT = "demo-storefront"
STAFF = "demo"
_FOLDER = "demo"
_PAUSE_SECONDS = 0.2
_PAGE = 500
_SEED = 952
_UNDECIDED = frozenset({"applied", "verifying"})
_ON_SHELF = 400
_RESTOCK_SECONDS = 60.0

Tell = Callable[[str], None]


class _Player(msgspec.Struct, frozen=True, kw_only=True):
    supplier: DemoSupplier
    supplier_id: str
    api: MarketplaceApi
    api_key: str


class Demonstration:
    """One run of the demonstration on a stage."""

    def __init__(self, *, stage: Stage, port: int, tell: Tell) -> None:
        """``port`` is where the simulated suppliers will answer; ``tell`` takes lines for the newcomer."""
        self._stage = stage
        self._port = port
        self._tell = tell
        self._run = secrets.token_hex(3)

    async def prepare(self) -> None:
        """Have suppliers apply, be verified, connect and hand in their products."""
        operator = await self._acting(role=Role.OPERATOR, subject_id=STAFF)
        players = [await self._apply(supplier) for supplier in CAST]
        active = await self._verified(players=players, operator=operator)
        self._start_suppliers([(player, await self._connected(player=player)) for player in active])
        for player in active:
            await self._hand_in(player=player)
        await self._until_published(operator=operator, players=active)
        self._active = active

    async def trade(self, *, orders_per_second: float, orders_maximum: int | None) -> int:
        """Place orders until canceled, or until ``orders_maximum`` are placed; return how many were."""
        storefront = await self._acting(role=Role.STOREFRONT, subject_id=STOREFRONT)
        operator = await self._acting(role=Role.OPERATOR, subject_id=STAFF)
        shoppers = Shoppers(seed=_SEED, run=self._run)
        on_sale = await self._on_sale(operator=operator)
        restocking = asyncio.create_task(self._restock())
        placed = 0
        try:
            while orders_maximum is None or placed < orders_maximum:
                await asyncio.sleep(shoppers.pause_seconds(orders_per_second=orders_per_second))
                order = shoppers.order(on_sale=on_sale)
                await self._place(storefront=storefront, order=order)
                placed += 1
        finally:
            restocking.cancel()
        return placed

    async def sign_in_link(self) -> str:
        """Return an address that signs into the console once."""
        from openaisle.bootstrap import open_marketplace

        async with open_marketplace(settings=self._stage.settings) as marketplace:
            context = system_context(name=STAFF, at=marketplace.clock.now(), correlation_id=secrets.token_hex(16))
            token = await sessions_of(marketplace=marketplace).made_link(subject_id=STAFF, context=context)
        return f"{self._stage.address}/console/sign-in?token={token}"

    async def _acting(self, *, role: Role, subject_id: str) -> MarketplaceApi:
        key = await self._stage.key(role=role, subject_id=subject_id, label="demonstration")
        return self._stage.api.acting_as(api_key=key)

    async def _apply(self, supplier: DemoSupplier) -> _Player:
        answer = await self._stage.api.send(method="POST", path="/v1/supplier-applications", body=supplier.application)
        api = self._stage.api.acting_as(api_key=answer["api_key"])
        return _Player(supplier=supplier, supplier_id=answer["supplier_id"], api=api, api_key=answer["api_key"])

    async def _verified(self, *, players: Sequence[_Player], operator: MarketplaceApi) -> list[_Player]:
        """Wait for every verdict; tell each, and return those who may trade."""
        active = []
        for player in players:
            found = await self._verdict(player=player, operator=operator)
            mended = _counted(len(found["corrections"]))
            self._tell(f"  {player.supplier.handle:<18} {found['state']}{mended}")
            if found["state"] == "active":
                active.append(player)
        return active

    async def _verdict(self, *, player: _Player, operator: MarketplaceApi) -> Mapping[str, Any]:
        while True:
            found: Mapping[str, Any] = await operator.get(path=f"/v1/suppliers/{player.supplier_id}")
            if found["state"] not in _UNDECIDED:
                return found
            await asyncio.sleep(_PAUSE_SECONDS)

    async def _connected(self, *, player: _Player) -> str:
        host = self._stage.settings.host
        address = address_of(host=host, port=self._port, handle=player.supplier.handle)
        body = {
            "order_acceptance_url": f"{address}/purchase-orders",
            "inventory_url": f"{address}/inventory",
            "acknowledge_within_seconds": 300,
        }
        answer = await player.api.send(method="PUT", path=f"/v1/suppliers/{player.supplier_id}/connection", body=body)
        return str(answer["signing_secret"])

    def _start_suppliers(self, connected: Sequence[tuple[_Player, str]]) -> None:
        stage = self._stage
        child = simulated_suppliers(
            directory=stage.settings.home_directory / _FOLDER,
            marketplace=stage.address,
            host=stage.settings.host,
            port=self._port,
            suppliers=[
                {
                    "handle": player.supplier.handle,
                    "character": player.supplier.character,
                    "api_key": player.api_key,
                    "signing_secrets": [secret],
                    "on_hand": _ON_SHELF,
                    "slow_seconds": 1.5,
                    "acknowledges_after_seconds": 6.0,
                    "down_seconds": 15.0,
                    "down_every_seconds": 60.0,
                    "ships_after_seconds": 8.0,
                    "delivers_after_seconds": 20.0,
                }
                for player, secret in connected
            ],
        )
        stage.start(children=[child])

    async def _hand_in(self, *, player: _Player) -> None:
        supplier = player.supplier
        submissions = [
            submission(offered=one, price_percent=supplier.price_percent, lead_time_days=supplier.lead_time_days)
            for one in range_of(goods=supplier.goods)
        ]
        await player.api.send(method="POST", path="/v1/product-submissions", body={"submissions": submissions})

    async def _until_published(self, *, operator: MarketplaceApi, players: Sequence[_Player]) -> None:
        expected = sum(len(range_of(goods=player.supplier.goods)) for player in players)
        ours = {player.supplier_id for player in players}
        while True:
            published = [offer async for offer in _offers(operator) if offer["supplier_id"] in ours]
            if len(published) >= expected:
                return
            await asyncio.sleep(_PAUSE_SECONDS)

    async def _on_sale(self, *, operator: MarketplaceApi) -> list[OnSale]:
        prices: dict[str, int] = {}
        async for offer in _offers(operator):
            known = prices.get(offer["product_id"], offer["price_minor"])
            prices[offer["product_id"]] = min(known, offer["price_minor"])
        return [OnSale(product_id=product_id, price_minor=price) for product_id, price in sorted(prices.items())]

    async def _place(self, *, storefront: MarketplaceApi, order: Mapping[str, Any]) -> None:
        try:
            await storefront.send(
                method="POST", path="/v1/orders", body=order, headers={"Idempotency-Key": order["reference"]}
            )
        except ApiAnswerUnexpected as refused:
            # Sold out is a day in the life of a shop: the shopper goes without, the demonstration goes on.
            self._tell(f"  {order['reference']} was refused: {refused.detail}")

    async def _restock(self) -> None:
        """Let suppliers tell their stock again and again, as a real one does after each delivery of goods."""
        while True:
            await asyncio.sleep(_RESTOCK_SECONDS)
            for player in self._active:
                levels = [
                    {"supplier_sku": one["supplier_sku"], "on_hand": _ON_SHELF}
                    for one in (
                        submission(offered=offered, price_percent=100, lead_time_days=1)
                        for offered in range_of(goods=player.supplier.goods)
                    )
                ]
                await player.api.send(method="PUT", path="/v1/stock-levels", body={"stock_levels": levels})


def _counted(corrections: int) -> str:
    if not corrections:
        return ""
    return ", 1 fact mended" if corrections == 1 else f", {corrections} facts mended"


def _offers(operator: MarketplaceApi) -> AsyncIterator[dict[str, Any]]:
    return every(api=operator, path=f"/v1/offers?limit={_PAGE}", name="offers")


async def demonstrate(
    *,
    settings: Settings,
    orders_per_second: float,
    orders_maximum: int | None,
    tell: Tell,
    ready: Callable[[str, str], None],
) -> int:
    """Run the demonstration; ``ready`` is told the address and the sign-in link once orders begin.

    Returns how many orders were placed. Raises OSError if the port is taken.
    """
    port = free_port(host=settings.host)
    allowed = (*settings.allowed_private_hosts, f"{settings.host}:{port}")
    async with staged(settings=msgspec.structs.replace(settings, allowed_private_hosts=allowed)) as stage:
        demonstration = Demonstration(stage=stage, port=port, tell=tell)
        await demonstration.prepare()
        ready(stage.address, await demonstration.sign_in_link())
        return await demonstration.trade(orders_per_second=orders_per_second, orders_maximum=orders_maximum)
