"""A whole marketplace for a journey: the HTTP API, the worker, simulated suppliers, and callers with keys."""

from __future__ import annotations

import asyncio
import itertools
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
from openaisle_examples.suppliers import Character, SimulatedSuppliers, SupplierSetup

from openaisle.bootstrap import open_marketplace
from openaisle.config import Settings
from openaisle.entrypoints.http.process import serve
from openaisle.entrypoints.listening import listening_socket
from openaisle.entrypoints.worker import work
from openaisle.kernel.context import Role, system_context
from tests.support.waiting import eventually

# Real CNPJs have two check digits; these bases give valid ones that belong to nobody here.
_CNPJ_BASES = itertools.count(11_222_333_0001)


class Answered(msgspec.Struct, frozen=True, kw_only=True):
    """What the API answered."""

    status: int
    headers: Mapping[str, str]
    body: Any

    @property
    def code(self) -> str:
        """The code of the problem."""
        return str(self.body["code"])

    @property
    def pointers(self) -> list[str]:
        """The places that the problem names."""
        return [finding["pointer"] for finding in self.body["findings"]]


class Caller:
    """Calls the API with one key."""

    def __init__(self, *, session: aiohttp.ClientSession, address: str, key: str | None) -> None:
        self._session = session
        self._address = address
        self.key = key

    async def call(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        raw: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answered:
        """Call and return the answer, whatever its status."""
        given = dict(headers or {})
        if self.key is not None:
            given.setdefault("Authorization", f"Bearer {self.key}")
        data = raw
        if raw is None and body is not None:
            data = msgspec.json.encode(body)
            given.setdefault("Content-Type", "application/json")
        async with self._session.request(method, self._address + path, data=data, headers=given) as response:
            text = await response.read()
            is_json = "json" in response.headers.get("Content-Type", "")
            return Answered(
                status=response.status,
                headers={name.lower(): value for name, value in response.headers.items()},
                body=msgspec.json.decode(text) if is_json and text else text,
            )

    async def get(self, path: str) -> Any:
        """Return what stands there; fail unless it is answered with 200."""
        answered = await self.call("GET", path)
        assert answered.status == 200, (path, answered)
        return answered.body

    async def send(self, method: str, path: str, body: object, *, headers: Mapping[str, str] | None = None) -> Any:
        """Return what is answered; fail unless it is a success."""
        answered = await self.call(method, path, body, headers=headers)
        assert answered.status < 300, (path, answered)
        return answered.body

    async def post(self, path: str, body: object) -> Any:
        """Post and return what is answered; fail unless it is a success."""
        return await self.send("POST", path, body)


class ActiveSupplier(msgspec.Struct, frozen=True, kw_only=True):
    """A supplier that may sell, with its key and its handle among the simulated suppliers."""

    supplier_id: str
    handle: str
    caller: Caller


class RunningMarketplace:
    """A running marketplace and its callers."""

    def __init__(
        self,
        *,
        session: aiohttp.ClientSession,
        address: str,
        operator_key: str,
        storefront_key: str,
        simulated: SimulatedSuppliers,
    ) -> None:
        self.session = session
        self.address = address
        self.simulated = simulated
        self.operator = self.caller(key=operator_key)
        self.storefront = self.caller(key=storefront_key)
        self.anyone = self.caller(key=None)

    def caller(self, *, key: str | None) -> Caller:
        """Return a caller with a key."""
        return Caller(session=self.session, address=self.address, key=key)

    async def supplier_state(self, *, supplier_id: str, state: str) -> dict[str, Any]:
        """Wait until the supplier is in the state and return it."""

        async def ask() -> dict[str, Any] | None:
            found = await self.operator.get(f"/v1/suppliers/{supplier_id}")
            return found if found["state"] == state else None

        return await eventually(ask, what=f"{supplier_id} becomes {state}")

    async def active_supplier(
        self, *, handle: str, character: Character = Character.PROMPT, **setup: Any
    ) -> ActiveSupplier:
        """Let a supplier apply, be verified, and connect its simulated system."""
        applied = await self.anyone.post("/v1/supplier-applications", application(legal_name=f"{handle.title()} Ltda"))
        caller = self.caller(key=applied["api_key"])
        supplier_id = applied["supplier_id"]
        await self.supplier_state(supplier_id=supplier_id, state="active")
        self.simulated.add(setup=SupplierSetup(handle=handle))
        connected = await caller.send(
            "PUT",
            f"/v1/suppliers/{supplier_id}/connection",
            {
                "order_acceptance_url": self.simulated.order_acceptance_url(handle=handle),
                "inventory_url": self.simulated.inventory_url(handle=handle),
                "timeout_seconds": 1,
            },
        )
        self.simulated.add(
            setup=SupplierSetup(
                handle=handle,
                character=character,
                api_key=applied["api_key"],
                signing_secrets=(connected["signing_secret"],),
                **setup,
            )
        )
        return ActiveSupplier(supplier_id=supplier_id, handle=handle, caller=caller)

    async def offered(self, *, supplier: ActiveSupplier, **facts: Any) -> dict[str, Any]:
        """Let a supplier submit a product and return its offer once it stands."""
        submitted = submission(**facts)
        await supplier.caller.post("/v1/product-submissions", {"submissions": [submitted]})

        async def ask() -> dict[str, Any] | None:
            page = await supplier.caller.get("/v1/offers?limit=500")
            offers = [offer for offer in page["offers"] if offer["supplier_sku"] == submitted["supplier_sku"]]
            return offers[0] if offers else None

        return await eventually(ask, what=f"an offer of {submitted['supplier_sku']}")

    async def order_state(self, *, order_id: str, state: str) -> dict[str, Any]:
        """Wait until the order is in the state and return it."""

        async def ask() -> dict[str, Any] | None:
            found = await self.storefront.get(f"/v1/orders/{order_id}")
            return found if found["state"] == state else None

        return await eventually(ask, what=f"{order_id} becomes {state}")

    async def placed(self, *, key: str | None = None, **changes: Any) -> Answered:
        """Place an order and return the answer, whatever it is."""
        headers = {"Idempotency-Key": key or secrets.token_hex(8)}
        return await self.storefront.call("POST", "/v1/orders", order(**changes), headers=headers)


@asynccontextmanager
async def running_marketplace(*, home: Path, **settings: Any) -> AsyncIterator[RunningMarketplace]:
    """Run the API, the worker and simulated suppliers for the length of the block."""
    chosen = Settings(
        home=str(home),
        allowed_private_hosts=("127.0.0.1",),
        outbound_plain_http_allowed=True,
        stop_seconds_maximum=2,
        **settings,
    )
    keys = await _keys(chosen)
    listening = listening_socket(host="127.0.0.1", port=0)
    address = f"http://127.0.0.1:{listening.getsockname()[1]}"
    stopped = asyncio.Event()
    async with SimulatedSuppliers(marketplace_url=address) as simulated, aiohttp.ClientSession() as session:
        processes = [
            asyncio.create_task(serve(settings=chosen, listening=listening, stopped=stopped)),
            asyncio.create_task(work(settings=chosen, stopped=stopped)),
        ]
        try:
            yield RunningMarketplace(
                session=session,
                address=address,
                operator_key=keys[Role.OPERATOR],
                storefront_key=keys[Role.STOREFRONT],
                simulated=simulated,
            )
        finally:
            stopped.set()
            await session.close()
            await asyncio.gather(*processes)
            listening.close()


async def _keys(settings: Settings) -> dict[Role, str]:
    texts = {}
    async with open_marketplace(settings=settings) as marketplace:
        for role in (Role.OPERATOR, Role.STOREFRONT):
            context = system_context(name="journey", at=marketplace.clock.now(), correlation_id="journey")
            _, texts[role] = await marketplace.rooms.api_keys.issue(
                role=role, subject_id=f"{role.value}-1", label="journey", context=context
            )
    return texts


def cnpj(*, base: int | None = None) -> str:
    """Return a Brazilian registration number with right check digits."""
    digits = [int(digit) for digit in f"{next(_CNPJ_BASES) if base is None else base:012d}"]
    for _ in range(2):
        weights = [2 + place % 8 for place in range(len(digits))]
        total = sum(weight * digit for weight, digit in zip(weights, reversed(digits), strict=True))
        rest = total % 11
        digits.append(0 if rest < 2 else 11 - rest)
    return "".join(str(digit) for digit in digits)


def application(**changes: Any) -> dict[str, Any]:
    """Return a supplier application in which nothing is wrong."""
    registration_number = cnpj()
    return {
        "legal_name": "Casa Verde Ltda",
        "country": "BR",
        "registration_number": registration_number,
        "tax_id": registration_number,
        "email": f"orders@example-{registration_number}.com",
        "phone": f"+55 11 9{registration_number[4:12]}",
        "website": f"https://example-{registration_number}.com",
        "address": {
            "street_lines": ["Avenida Paulista 1000"],
            "city": "São Paulo",
            "region": "SP",
            "postal_code": "01310-100",
        },
        **changes,
    }


def submission(**changes: Any) -> dict[str, Any]:
    """Return a product submission in which nothing is wrong."""
    return {
        "supplier_sku": "SKU-1",
        "gtin": "4006381333931",
        "title": "Highlighter, yellow",
        "description": "A pen that marks what matters, in bright yellow.",
        "brand": "Stabilo",
        "category": "stationery",
        "weight_grams": 20,
        "length_mm": 120,
        "width_mm": 20,
        "height_mm": 20,
        "image_count": 2,
        "price_minor": 1299,
        "currency": "BRL",
        "on_hand": 100,
        **changes,
    }


def order(**changes: Any) -> dict[str, Any]:
    """Return an order, without lines unless they are given."""
    return {
        "reference": f"shop-{secrets.token_hex(6)}",
        "currency": "BRL",
        "lines": [],
        "ship_to": {
            "name": "Ana Souza",
            "street_lines": ["Rua das Flores 12"],
            "city": "Curitiba",
            "region": "PR",
            "postal_code": "80010-000",
            "country": "BR",
        },
        **changes,
    }


def line(*, offer: Mapping[str, Any], quantity: int = 1, **changes: Any) -> dict[str, Any]:
    """Return an order line of an offer at its price."""
    return {"offer_id": offer["offer_id"], "quantity": quantity, "unit_price_minor": offer["price_minor"], **changes}
