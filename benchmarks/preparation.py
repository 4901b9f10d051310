"""Fills a home through the public API: suppliers apply, are verified, and hand in products with stock without end."""

from __future__ import annotations

import asyncio
import http.client
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec
from stdnum.br import cnpj

from benchmarks.bare_store import OrderShape, order_shape, store_mark
from benchmarks.home import READY_PATH, Home, Prepared
from benchmarks.load_plan import OfferChoice, OrderRequests
from benchmarks.processes import free_port
from benchmarks.requests import request_maker
from openaisle.adapters.api_client import ApiClient
from openaisle.kernel.gtin import gtin_check_digit

CURRENCY = "USD"
SCARCE_UNITS = 100
_ABUNDANT_UNITS = 100_000_000
_SCARCE_SKU = "SCARCE"
_STOREFRONT = "benchmark-storefront"
_AT_ONCE = 8
_PAGE = 500
_POLL_SECONDS = 0.2
_PATIENCE_SECONDS = 180.0
# As long as those of the load, whose orders it stands for.
_SAMPLE_TAG = "5a3b1e0d"
_SAMPLE_KEY = f"{_SAMPLE_TAG}-000000000"


class PreparationFailed(Exception):
    """The home could not be filled; the message says what was waited for."""


class Sizes(msgspec.Struct, frozen=True, kw_only=True):
    """How much a home holds; each product is offered by ``offers_per_product`` suppliers."""

    suppliers: int = 50
    products: int = 1_000
    offers_per_product: int = 2


class SampledOrder(msgspec.Struct, frozen=True, kw_only=True):
    """What one placed order wrote, and how long its answer was."""

    shape: OrderShape
    answer_bytes: int


def prepare(*, directory: Path, sizes: Sizes) -> Home:
    """Return a home filled through the API, on which nothing runs any more; raises PreparationFailed."""
    home = Home(directory=directory / "template")
    operator_key = home.issue_key(role="operator", subject="benchmark")
    storefront_key = home.issue_key(role="storefront", subject=_STOREFRONT)
    port = free_port()
    with home.start_api(port=port) as api, home.start_worker() as worker:
        api.wait_until_ready(port=port, path=READY_PATH)
        filling = _Filling(port=port, operator_key=operator_key, storefront_key=storefront_key, sizes=sizes)
        try:
            home.remember(prepared=asyncio.run(filling.run()))
        except PreparationFailed as failed:
            message = f"{failed}\n{api.log_end()}\n{worker.log_end()}"
            raise PreparationFailed(message) from None
    return home


def sampled_order(*, template: Home, directory: Path) -> SampledOrder:
    """Place one order of three lines on a copy of the home, and return what it wrote."""
    home = template.copied(to=directory / "sample")
    prepared = home.prepared()
    source = OrderRequests(
        api_key=prepared.storefront_key,
        tag=_SAMPLE_TAG,
        offers=prepared.offers,
        currency=prepared.currency,
        suppliers_minimum=3,
    )
    _, _, body = request_maker(source=source)().partition(b"\r\n\r\n")
    port = free_port()
    with home.start_api(port=port) as api:
        api.wait_until_ready(port=port, path=READY_PATH)
        before = store_mark(store_file=home.store_file)
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        headers = {
            "Content-Type": "application/json",
            "Authorization": f"Bearer {prepared.storefront_key}",
            "Idempotency-Key": _SAMPLE_KEY,
        }
        connection.request("POST", "/v1/orders", body=body, headers=headers)
        response = connection.getresponse()
        answer = response.read()
        connection.close()
        if response.status != http.client.CREATED:
            message = f"the sampled order was answered {response.status}: {answer[:500]!r}"
            raise PreparationFailed(message)
        shape = order_shape(store_file=home.store_file, before=before)
    return SampledOrder(shape=shape, answer_bytes=len(answer))


class _Filling:
    """Fills the home behind one port."""

    def __init__(self, *, port: int, operator_key: str, storefront_key: str, sizes: Sizes) -> None:
        self._address = f"http://127.0.0.1:{port}"
        self._operator_key = operator_key
        self._storefront_key = storefront_key
        self._sizes = sizes
        self._operator = ApiClient(base_url=self._address, api_key=operator_key)
        self._keys: dict[str, str] = {}

    async def run(self) -> Prepared:
        """Bring suppliers and products in, and return what there is."""
        try:
            await self._side_by_side(self._apply, range(self._sizes.suppliers))
            await self._until(self._all_active, waited_for="every supplier to be active")
            suppliers = list(self._keys)
            await self._side_by_side(self._hand_in, range(len(suppliers)))
            await self._until(self._all_offered, waited_for="every submission to be an offer")
            return self._described(offers=await self._offers())
        finally:
            await self._operator.close()

    async def _side_by_side(self, do: Callable[[int], Awaitable[None]], numbers: range) -> None:
        allowed = asyncio.Semaphore(_AT_ONCE)

        async def one(number: int) -> None:
            async with allowed:
                await do(number)

        await asyncio.gather(*(one(number) for number in numbers))

    async def _until(self, reached: Callable[[], Awaitable[bool]], *, waited_for: str) -> None:
        gives_up_at = time.monotonic() + _PATIENCE_SECONDS
        while not await reached():
            if time.monotonic() > gives_up_at:
                message = f"waited {_PATIENCE_SECONDS:.0f} seconds for {waited_for}"
                raise PreparationFailed(message)
            await asyncio.sleep(_POLL_SECONDS)

    async def _apply(self, number: int) -> None:
        anyone = ApiClient(base_url=self._address, api_key=None)
        try:
            receipt = await anyone.send(
                method="POST", path="/v1/supplier-applications", body=_application(number=number)
            )
        finally:
            await anyone.close()
        self._keys[receipt["supplier_id"]] = receipt["api_key"]

    async def _all_active(self) -> bool:
        page = await self._operator.get(path=f"/v1/suppliers?state=active&limit={_PAGE}")
        return len(page["suppliers"]) == self._sizes.suppliers

    async def _hand_in(self, number: int) -> None:
        supplier_id = list(self._keys)[number]
        submissions = [_submission(product=product) for product in _products_of(supplier=number, sizes=self._sizes)]
        if number == 0:
            submissions.append({**_submission(product=self._sizes.products), "supplier_sku": _SCARCE_SKU})
            submissions[-1]["on_hand"] = SCARCE_UNITS
        supplier = ApiClient(base_url=self._address, api_key=self._keys[supplier_id])
        try:
            for start in range(0, len(submissions), _PAGE):
                body = {"submissions": submissions[start : start + _PAGE]}
                await supplier.send(method="POST", path="/v1/product-submissions", body=body)
        finally:
            await supplier.close()

    async def _all_offered(self) -> bool:
        expected = self._sizes.products * self._sizes.offers_per_product + 1
        return len(await self._offers()) == expected

    async def _offers(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        after = ""
        while True:
            page = await self._operator.get(path=f"/v1/offers?limit={_PAGE}{after}")
            found += [offer for offer in page["offers"] if offer["locations"]]
            if page["next_after"] is None:
                return found
            after = f"&after={page['next_after']}"

    def _described(self, *, offers: list[dict[str, Any]]) -> Prepared:
        choices = {
            offer["supplier_sku"] + offer["supplier_id"]: OfferChoice(
                offer_id=offer["offer_id"], supplier_id=offer["supplier_id"], price_minor=offer["price_minor"]
            )
            for offer in offers
        }
        scarce = next(choices.pop(name) for name in list(choices) if name.startswith(_SCARCE_SKU))
        return Prepared(
            operator_key=self._operator_key,
            storefront_key=self._storefront_key,
            currency=CURRENCY,
            supplier_keys=self._keys,
            product_ids=sorted({offer["product_id"] for offer in offers if offer["supplier_sku"] != _SCARCE_SKU}),
            offers=[choices[name] for name in sorted(choices)],
            scarce=scarce,
            scarce_units=SCARCE_UNITS,
        )


def _products_of(*, supplier: int, sizes: Sizes) -> list[int]:
    """Return the products that a supplier offers; the suppliers of one product are always different ones."""
    found = []
    for product in range(sizes.products):
        first, step = product % sizes.suppliers, 1 + (product // sizes.suppliers) % (sizes.suppliers - 1)
        if supplier in {(first + step * offer) % sizes.suppliers for offer in range(sizes.offers_per_product)}:
            found.append(product)
    return found


def _application(*, number: int) -> dict[str, Any]:
    root = f"{20_000_000 + number * 7919:08d}0001"
    name = f"{_WORDS[number % len(_WORDS)]} {_WORDS[(number // len(_WORDS) * 7 + number * 3 + 1) % len(_WORDS)]}"
    # Far enough from every other name that the check of similar names lets all of them through.
    mark = f"{number * 2_654_435_761 % 16**8:08x}"
    return {
        "legal_name": f"{name} {mark} Comercio Ltda",
        "country": "BR",
        "registration_number": root + str(cnpj.calc_check_digits(root)),
        "email": f"orders{number}@example.com",
        "phone": f"+55119{50_000_000 + number * 137}",
        "address": {
            "street_lines": [f"Rua {number + 1}"],
            "city": "Sao Paulo",
            "region": "SP",
            "postal_code": f"{1_000 + number:05d}-000",
            "country": "BR",
        },
    }


def _submission(*, product: int) -> dict[str, Any]:
    body = f"400{product:09d}"
    word = _WORDS[product % len(_WORDS)]
    return {
        "supplier_sku": f"SKU-{product:06d}",
        "gtin": f"{body}{gtin_check_digit(body=body)}",
        "title": f"{word} lamp number {product}",
        "description": f"A {word.lower()} lamp for the measured shelf, with a cord of two meters and a switch.",
        "brand": "Lumen",
        "category": "lighting",
        "weight_grams": 500 + product,
        "length_mm": 300,
        "width_mm": 200,
        "height_mm": 400,
        "image_count": 2,
        "price_minor": 1_000 + product,
        "currency": CURRENCY,
        "on_hand": _ABUNDANT_UNITS,
        "lead_time_days": 2,
    }


# Names far enough from each other that nobody is taken for somebody else.
_WORDS = (
    "Amber", "Basalt", "Cobalt", "Dune", "Ember", "Fjord", "Granite", "Harbor", "Indigo", "Juniper", "Kestrel",
    "Lagoon", "Meadow", "Nimbus", "Orchard", "Pebble", "Quartz", "Raven", "Saffron", "Tundra", "Umber", "Velvet",
    "Willow", "Xenon", "Yarrow", "Zephyr",
)  # fmt: skip
