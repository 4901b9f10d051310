"""Bad files, bad addresses and bodies without end: named, mended where that is certain, and nothing is lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
from aiohttp import web

from openaisle.adapters.http.caller import GuardedHttpCaller
from openaisle.kernel.outbound import AddressRefused
from tests.journeys.marketplace import Answered
from tests.security.stage import FEED_HEADER, Stage
from tests.support.waiting import eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")

GOOD_ROW = "SKU-GOOD,,Good pen,A pen that marks in yellow,12.99,BRL,5"


def is_explained(answered: Answered) -> bool:
    problem = answered.body
    return (
        answered.headers["content-type"] == "application/problem+json"
        and problem["status"] == answered.status
        and problem["mend"] != ""
        and problem["type"] == f"/problems/{problem['code']}"
    )


async def fed(stage: Stage, file: bytes) -> dict[str, Any]:
    """Send a feed as the first supplier and return it once it is done."""
    caller = stage.supplier.caller
    sent = await caller.call("POST", "/v1/feeds", raw=file, headers={"Content-Type": "text/csv"})
    assert sent.status == 202, sent

    async def ask() -> dict[str, Any] | None:
        feed = await caller.get(f"/v1/feeds/{sent.body['feed_id']}")
        return feed if feed["state"] in {"applied", "failed", "held"} else None

    feed = await eventually(ask, what="the feed is done")
    found = await caller.get(f"/v1/feeds/{sent.body['feed_id']}/issues")
    return {**feed, "codes": {one["code"] for one in (*feed["issues"], *found["issues"])}, "found": found["issues"]}


@pytest.mark.parametrize(
    ("file", "code"),
    [
        (b"", "file_empty"),
        (b"\n\n \n", "file_empty"),
        (",".join(f"column{number}" for number in range(1_000_000)).encode(), "columns_too_many"),
        (b'"' + b"a" * 2_000_000, "file_empty"),
    ],
)
async def test_a_file_that_is_no_feed_fails_with_its_reason(stage: Stage, file: bytes, code: str) -> None:
    feed = await fed(stage, file)
    assert feed["state"] == "failed"
    assert code in feed["codes"], feed["codes"]
    assert all(one["message"] for one in feed["issues"])


@pytest.mark.parametrize(
    "file", [b"\x00" * 5_000, b"one:two:three\n1:2:3\n", b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20]
)
async def test_a_file_in_which_no_column_is_known_is_never_applied(stage: Stage, file: bytes) -> None:
    feed = await fed(stage, file)
    assert feed["state"] in {"failed", "held"}
    assert feed["counts"]["accepted"] + feed["counts"]["corrected"] == 0
    assert feed["issues"] or feed["hold"]["detail"]


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("SKU-SHORT,,Pen", "row_too_short"),
        (GOOD_ROW.replace("GOOD", "LONG") + ",1,2,3", "row_too_long"),
        ('SKU-QUOTE,,"Pen that never ends,x,12.99,BRL,5', "quote_not_closed"),
        ("SKU-CELL,," + "x" * 70_000 + ",x,12.99,BRL,5", "cell_too_large"),
        ("SKU-WIDE" + "," * 1_000_000 + "1", "row_too_large"),
    ],
)
async def test_a_bad_row_never_loses_the_next(stage: Stage, row: str, code: str) -> None:
    feed = await fed(stage, f"{FEED_HEADER}\n{row}\n{GOOD_ROW.replace('GOOD', code)}\n".encode())
    assert feed["state"] == "applied"
    assert code in feed["codes"], feed["codes"]
    counts = feed["counts"]
    assert counts["rows"] == 2
    assert counts["accepted"] + counts["corrected"] + counts["unchanged"] >= 1, counts
    sums = ("accepted", "corrected", "unchanged", "in_review", "rejected")
    assert counts["rows"] == sum(counts[name] for name in sums), counts


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
async def test_delimiters_and_encodings_are_recognized(stage: Stage, delimiter: str) -> None:
    table = f"{FEED_HEADER}\n{GOOD_ROW.replace('GOOD', f'D{ord(delimiter)}').replace('pen', 'lápis')}\n"
    feed = await fed(stage, table.replace(",", delimiter).encode("windows-1252"))
    assert (feed["state"], feed["delimiter"], feed["counts"]["rejected"]) == ("applied", delimiter, 0), feed


@pytest.mark.parametrize(
    "cell", ['=HYPERLINK("http://evil")', "+1+1", "-2+3+cmd|' /C calc'!A0", "@SUM(1)", "\t=1+1", "\uff1d1+1"]
)
async def test_a_cell_that_a_spreadsheet_would_run_is_found_or_disarmed(stage: Stage, cell: str) -> None:
    quoted = '"' + cell.replace('"', '""') + '"'
    feed = await fed(stage, f"{FEED_HEADER}\nSKU-FORMULA,,{quoted},x,12.99,BRL,5\n".encode())
    assert "formula_cell" in feed["codes"], feed["codes"]


@pytest.mark.parametrize(
    "address",
    [
        "http://10.0.0.1/a",
        "http://169.254.169.254/latest/meta-data",
        "http://192.168.1.1/a",
        "http://172.16.0.1/a",
        "http://0.0.0.0/a",
        "http://2130706433/a",
        "http://0x7f000001/a",
        "http://0177.0.0.1/a",
        "http://127.1/a",
        "http://[::1]/a",
        "http://[::ffff:10.0.0.1]/a",
        "http://[::ffff:a9fe:a9fe]/a",
        "http://[64:ff9b::a00:1]/a",
        "http://[fe80::1%25lo]/a",
        "http://[fd00::1]/a",
        "http://①⓪.0.0.1/a",
        "http://127.0.0.1:9@10.0.0.1/a",
        "http://10.0.0.1#@127.0.0.1/",
        "http://10.0.0.1\\@127.0.0.1/",
        "https://user:password@example.com/",
        "file:///etc/passwd",
        "gopher://127.0.0.1:9/_",
        "//10.0.0.1/a",
        "http:10.0.0.1",
        "http://",
        "http://10.0.0.1:99999/",
        "http://a b.example/",
        "http://example.com/\r\nX-Injected: 1",
    ],
)
async def test_an_address_that_leads_inside_is_refused_everywhere(stage: Stage, address: str) -> None:
    before = stage.items_of(stage.supplier, stage.storefront)
    connection = f"/v1/suppliers/{stage.supplier.identifier}/connection"
    good = "http://127.0.0.1:9/a"
    for caller, method, path, body in [
        (stage.supplier.caller, "PUT", connection, {"order_acceptance_url": address}),
        (stage.supplier.caller, "PUT", connection, {"order_acceptance_url": good, "inventory_url": address}),
        (stage.storefront.caller, "POST", "/v1/webhook-endpoints", {"url": address}),
    ]:
        answered = await caller.call(method, path, body)
        # Control characters are refused by the form of the field, before anybody looks at the address.
        assert answered.status == 422, (path, answered)
        assert answered.code in {"address-refused", "request-invalid"}, answered
        assert is_explained(answered)
        assert answered.body["findings"] or answered.code == "address-refused"
    assert stage.items_of(stage.supplier, stage.storefront) == before


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST", "127.0.0.1", "①②⑦.0.0.1", "[::ffff:127.0.0.1]"])
async def test_a_name_that_leads_to_this_machine_is_refused(host: str) -> None:
    # The marketplace of these tests may call 127.0.0.1, where its suppliers are played; one without leave may not.
    caller = GuardedHttpCaller()
    try:
        with pytest.raises(AddressRefused):
            await caller.require_callable(url=f"https://{host}/a")
        with pytest.raises(AddressRefused):
            await caller.call(method="POST", url=f"https://{host}/a", headers={}, body=b"", timeout_seconds=2)
    finally:
        await caller.close()


async def test_the_refusal_of_an_address_names_the_field(stage: Stage) -> None:
    connection = f"/v1/suppliers/{stage.supplier.identifier}/connection"
    good = "http://127.0.0.1:9/a"
    inside = "http://10.0.0.1/a"
    for caller, method, path, body, pointer in [
        (stage.supplier.caller, "PUT", connection, {"order_acceptance_url": inside}, "/order_acceptance_url"),
        (
            stage.supplier.caller,
            "PUT",
            connection,
            {"order_acceptance_url": good, "inventory_url": inside},
            "/inventory_url",
        ),
        (stage.storefront.caller, "POST", "/v1/webhook-endpoints", {"url": inside}, "/url"),
    ]:
        answered = await caller.call(method, path, body)
        assert answered.pointers == [pointer], answered


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def redirecting() -> AsyncIterator[tuple[str, list[str]]]:
    """A server that sends everybody on to its own secret, and the paths that it was asked for."""
    asked: list[str] = []

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        asked.append(request.path)
        return web.Response(status=307, headers={"Location": "/secret"})

    runner = web.ServerRunner(web.Server(answer))
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0]
    yield f"http://{host}:{port}", asked
    await runner.cleanup()


async def test_a_redirect_is_followed_nowhere(stage: Stage, redirecting: tuple[str, list[str]]) -> None:
    address, asked = redirecting
    await stage.storefront.caller.post("/v1/webhook-endpoints", {"url": f"{address}/hook"})
    connection = f"/v1/suppliers/{stage.other_supplier.identifier}/connection"
    await stage.other_supplier.caller.send("PUT", connection, {"order_acceptance_url": f"{address}/orders"})
    offer_id = stage.other_supplier.records["offer_id"]
    body = {
        "reference": "redirected",
        "currency": "BRL",
        "lines": [{"offer_id": offer_id, "quantity": 1, "unit_price_minor": 1299}],
        "ship_to": {"name": "A", "street_lines": ["B"], "city": "C", "postal_code": "1", "country": "BR"},
    }
    headers = {"Idempotency-Key": "redirected"}
    await stage.storefront.caller.send("POST", "/v1/orders", body, headers=headers)

    async def both_were_asked() -> bool:
        return {"/hook", "/orders"} <= set(asked)

    await eventually(both_were_asked, what="webhook and purchase order arrive at the server that redirects")
    await asyncio.sleep(0.2)
    assert "/secret" not in asked


async def chunked(stage: Stage, *, path: str, key: str, media_type: str, megabytes: int) -> tuple[bytes, int]:
    """Send a body in chunks without saying how long it is; return the first line of the answer and what was sent."""
    address = urlsplit(stage.marketplace.address)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    head = (
        f"POST {path} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {key}\r\nContent-Type: {media_type}\r\n"
        "Idempotency-Key: endless\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    writer.write(head.encode())
    sent = 0
    answering = asyncio.create_task(reader.readline())
    try:
        for _ in range(megabytes * 16):
            writer.write(b"10000\r\n" + b" " * 0x10000 + b"\r\n")
            await writer.drain()
            sent += 0x10000
            if answering.done():
                break
        else:
            writer.write(b"0\r\n\r\n")
    except ConnectionError:
        pass
    line = await asyncio.wait_for(answering, 10)
    writer.close()
    return line, sent


async def test_a_body_without_length_and_end_is_cut_off(stage: Stage) -> None:
    for path, key, media_type, megabytes in [
        ("/v1/orders", stage.storefront.caller.key, "application/json", 20),
        ("/v1/supplier-applications", "", "application/json", 20),
    ]:
        line, _ = await chunked(stage, path=path, key=key or "", media_type=media_type, megabytes=megabytes)
        assert b" 413 " in line, (path, line)
    assert not list((stage.home / "blobs" / ".unfinished").iterdir()), "what was cut off is left on the disk"


async def test_a_replayed_key_and_a_doubled_reference_change_nothing(stage: Stage) -> None:
    before = stage.items_of(stage.storefront, stage.supplier)
    body = {
        "reference": "canary-reference-xenia-0",
        "currency": "BRL",
        "lines": [{"offer_id": stage.supplier.records["offer_id"], "quantity": 3, "unit_price_minor": 1}],
        "ship_to": {"name": "A", "street_lines": ["B"], "city": "C", "postal_code": "1", "country": "BR"},
    }
    caller = stage.storefront.caller
    replayed = await caller.call("POST", "/v1/orders", body, headers={"Idempotency-Key": "canary-key-xenia-0"})
    doubled = await caller.call("POST", "/v1/orders", body, headers={"Idempotency-Key": "another"})
    assert (replayed.status, replayed.code) == (422, "idempotency-key-reused")
    assert (doubled.status, doubled.code, doubled.pointers) == (409, "duplicate-reference", ["/reference"])
    assert is_explained(replayed)
    assert is_explained(doubled)
    assert stage.items_of(stage.storefront, stage.supplier) == before
