"""After a whole journey nothing that must stay secret stands in clear: not on the disk, in logs, events or answers."""

from __future__ import annotations

import stat
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import pytest_asyncio
from aiohttp import web

from tests.journeys.marketplace import RunningMarketplace, application, line, order
from tests.security.processes import Processes, marketplace_of_processes
from tests.support.waiting import eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")

SHIP_TO = {
    "name": "Canaria Shopperova",
    "street_lines": ["Canary Row 4711", "Cage Canary-7"],
    "city": "Canarytown",
    "region": "Canaryregion",
    "postal_code": "CNRY-4711",
    "country": "BR",
    "phone": "+55 11 94711-4711",
    "email": "canaria.shopperova@example.com",
}
PERSONAL = [
    text for value in SHIP_TO.values() for text in (value if isinstance(value, list) else [value]) if text != "BR"
]
WRONG_TAX_ID = "DE811569860"
TAX_ID = "DE811569869"


class Journey(msgspec.Struct, frozen=True, kw_only=True):
    """What came out of the journey."""

    folder: Path
    logs: bytes
    hooks: list[bytes]
    answers: list[bytes]
    secrets: dict[str, str]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def journey(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Journey]:
    folder = tmp_path_factory.mktemp("secrets")
    hooks: list[bytes] = []

    async def receive(request: web.BaseRequest) -> web.StreamResponse:
        hooks.append(await request.read())
        return web.Response()

    runner = web.ServerRunner(web.Server(receive))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0]
    try:
        async with marketplace_of_processes(folder=folder, api_count=1, log_level="debug") as (marketplace, processes):
            secrets, answers = await _walked(marketplace, hook=f"http://{host}:{port}/hook", hooks=hooks)
            await processes.stop()
            yield Journey(folder=folder, logs=_logs(processes), hooks=hooks, answers=answers, secrets=secrets)
    finally:
        await runner.cleanup()


def _logs(processes: Processes) -> bytes:
    return processes.log_text()


async def _walked(
    marketplace: RunningMarketplace, *, hook: str, hooks: list[bytes]
) -> tuple[dict[str, str], list[bytes]]:
    secrets: dict[str, str] = {}
    for name, caller in (("operator's hook", marketplace.operator), ("storefront's hook", marketplace.storefront)):
        endpoint = await caller.post("/v1/webhook-endpoints", {"url": hook})
        secrets[f"{name} secret"] = endpoint["signing_secret"].removeprefix("whsec_")
    await _corrected_by_a_person(marketplace)
    supplier = await marketplace.active_supplier(handle="canary")
    rotated = await supplier.caller.post(f"/v1/suppliers/{supplier.supplier_id}/connection/secret-rotations", None)
    secrets["supplier's signing secret"] = rotated["signing_secret"].removeprefix("whsec_")
    for name, caller in (
        ("operator", marketplace.operator),
        ("storefront", marketplace.storefront),
        ("supplier", supplier.caller),
    ):
        secrets[f"{name}'s key"] = (caller.key or "")[-43:]
    offer = await marketplace.offered(supplier=supplier)
    placed = await marketplace.placed(lines=[line(offer=offer)], ship_to=SHIP_TO)
    await marketplace.order_state(order_id=placed.body["order_id"], state="delivered")
    second = await marketplace.placed(lines=[line(offer=offer, quantity=2)], ship_to=SHIP_TO)
    path = f"/v1/orders/{second.body['order_id']}/cancellations"
    answers = [await marketplace.storefront.call("POST", path, {"reason": "No."})]
    answers += await _refused(marketplace, offer=offer)

    async def told() -> bool:
        return any(b"purchase_order.delivered" in body for body in hooks)

    await eventually(told, what="the webhooks are told")
    return secrets, [msgspec.json.encode(one.body) for one in answers if one.status >= 400]


async def _corrected_by_a_person(marketplace: RunningMarketplace) -> None:
    applied = await marketplace.anyone.post(
        "/v1/supplier-applications",
        application(
            country="DE",
            registration_number="HRB 4711 Bremen",
            tax_id=WRONG_TAX_ID,
            phone="+49 421 1234567",
            address={"street_lines": ["Am Wall 7"], "city": "Bremen", "postal_code": "28195"},
        ),
    )
    supplier_id = applied["supplier_id"]

    async def ask() -> dict[str, Any] | None:
        tasks = (await marketplace.operator.get("/v1/review-tasks"))["review_tasks"]
        return next((task for task in tasks if task["subject_id"] == supplier_id), None)

    task = await eventually(ask, what="a review task")
    await marketplace.operator.post(f"/v1/review-tasks/{task['task_id']}/claim", {"assignee": "maria"})
    await marketplace.operator.post(
        f"/v1/review-tasks/{task['task_id']}/resolution",
        {"decision": "corrected", "reason": "Typing error.", "corrections": {"tax_id": TAX_ID}},
    )

    async def settled() -> bool:
        return (await marketplace.operator.get(f"/v1/suppliers/{supplier_id}"))["state"] != "in_review"

    await eventually(settled, what="the correction is verified")


async def _refused(marketplace: RunningMarketplace, *, offer: dict[str, Any]) -> list[Any]:
    good = order(ship_to=SHIP_TO, lines=[line(offer=offer)])
    spoiled = [
        {**good, "currency": "USD"},
        {**good, "lines": []},
        {**good, "ship_to": {**SHIP_TO, "unknown": SHIP_TO["name"]}},
        {**good, "ship_to": {**SHIP_TO, "country": SHIP_TO["name"]}},
        {**good, "ship_to": SHIP_TO["name"]},
        {**good, "lines": [line(offer=offer, quantity=9_999)]},
    ]
    answers = [await marketplace.placed(key=f"key-{number}", **body) for number, body in enumerate(spoiled)]
    raw = msgspec.json.encode(good)[:-1] + b"!"
    headers = {"Idempotency-Key": "k", "Content-Type": "application/json"}
    answers.append(await marketplace.storefront.call("POST", "/v1/orders", raw=raw, headers=headers))
    answers.append(await marketplace.caller(key=(marketplace.operator.key or "") + "x").call("GET", "/v1/orders"))
    facts = application(tax_id=TAX_ID, email=5)
    answers.append(await marketplace.anyone.call("POST", "/v1/supplier-applications", facts))
    assert all(one.status >= 400 for one in answers)
    return answers


def on_disk(journey: Journey) -> dict[str, bytes]:
    home = journey.folder / "home"
    return {str(path.relative_to(home)): path.read_bytes() for path in home.rglob("*") if path.is_file()}


def found(texts: list[str], *, content: bytes) -> list[str]:
    return [text for text in texts if text.encode() in content]


async def test_a_shoppers_address_stands_nowhere_in_clear(journey: Journey) -> None:
    assert [name for name, content in on_disk(journey).items() if found(PERSONAL, content=content)] == []
    assert found(PERSONAL, content=journey.logs) == []
    assert found(PERSONAL, content=b"".join(journey.hooks)) == []


async def test_a_tax_id_stands_nowhere_in_clear(journey: Journey) -> None:
    both = [TAX_ID, WRONG_TAX_ID, TAX_ID.removeprefix("DE"), WRONG_TAX_ID.removeprefix("DE")]
    assert [name for name, content in on_disk(journey).items() if found(both, content=content)] == []
    assert found(both, content=journey.logs) == []
    assert found(both, content=b"".join(journey.hooks)) == []


async def test_secrets_of_keys_and_signatures_stand_nowhere_in_clear(journey: Journey) -> None:
    secrets = list(journey.secrets.values())
    assert all(len(secret) >= 40 for secret in secrets), journey.secrets
    for name, content in {**on_disk(journey), "logs": journey.logs, "hooks": b"".join(journey.hooks)}.items():
        assert found(secrets, content=content) == [], name


async def test_refusals_repeat_nothing_personal_and_no_key(journey: Journey) -> None:
    assert len(journey.answers) >= 9
    for answer in journey.answers:
        assert found([*PERSONAL, TAX_ID, *journey.secrets.values()], content=answer) == []


async def test_what_is_kept_is_readable_by_its_owner_alone(journey: Journey) -> None:
    home = journey.folder / "home"
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    assert stat.S_IMODE((home / "field.key").stat().st_mode) == 0o600
    assert stat.S_IMODE((home / "blobs").stat().st_mode) == 0o700


async def test_log_lines_are_json_and_hold_no_request_bodies(journey: Journey) -> None:
    lines = [msgspec.json.decode(one) for one in journey.logs.splitlines()]
    assert lines
    assert all({"at", "level", "logger", "message"} <= set(one) for one in lines)
    for text in (b'"ship_to"', b'\\"ship_to\\"', b"supplier_sku", b"unit_price_minor", b"legal_name"):
        assert text not in journey.logs, text
