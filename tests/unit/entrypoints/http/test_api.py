"""Requests become calls of operations, and everything that is wrong with one has a name and a place."""

from __future__ import annotations

import asyncio
import logging

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from openaisle.entrypoints.http.api import Api
from openaisle.kernel.context import Role
from openaisle.kernel.http import ANYONE, Answer, Request
from tests.factories.http import (
    Called,
    Listing,
    OutOfPaper,
    PlacedOrder,
    api,
    break_down,
    call,
    count_bytes,
    operation,
    refuse,
)

JSON = {"content-type": "application/json"}
GOOD = b'{"reference":"r-1","lines":[{"offer_id":"off_1","quantity":2}]}'

ORDERS = api(
    operation(method="POST", path="/v1/orders", body=PlacedOrder, status=201, maximum_body_bytes=2_000),
    operation(path="/v1/orders/{order_id}"),
    operation(path="/v1/orders/recent"),
    operation(method="POST", path="/v1/orders/{order_id}/cancellations", body=PlacedOrder, idempotency_key=True),
    operation(path="/v1/tasks", query=Listing),
    operation(
        method="POST", path="/v1/feeds", handle=count_bytes, file_media_types=("text/csv",), maximum_body_bytes=9
    ),
    operation(path="/v1/open", roles=ANYONE),
    operation(path="/v1/broken", handle=break_down),
    operation(path="/v1/paper", handle=refuse, errors=(OutOfPaper,)),
)


async def place(body: bytes, **changes: object) -> Called:
    return await call(ORDERS, method="POST", path="/v1/orders", body=body, **{"headers": JSON, **changes})  # type: ignore[arg-type]


async def test_a_good_request_reaches_its_operation() -> None:
    answered = await place(GOOD)
    assert answered.status == 201
    assert answered.json()["body"]["lines"] == [{"offer_id": "off_1", "quantity": 2}]
    assert answered.json()["actor"] == "storefront:storefront-1"
    assert answered.headers["content-length"] == str(len(answered.body))


async def test_every_answer_carries_security_headers_and_the_correlation_id() -> None:
    for path in ("/v1/orders/recent", "/v1/broken", "/v1/nowhere"):
        answered = await call(ORDERS, path=path, headers={"x-correlation-id": "shop-7:42"})
        assert answered.headers["x-correlation-id"] == "shop-7:42"
        assert answered.headers["x-content-type-options"] == "nosniff"
        assert answered.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("given_id", ["", "a" * 101, "two words", "line\nbreak", "ümlaut"])
async def test_a_correlation_id_of_another_form_is_replaced(given_id: str) -> None:
    answered = await call(ORDERS, path="/v1/orders/recent", headers={"x-correlation-id": given_id})
    assert answered.headers["x-correlation-id"] != given_id
    assert answered.json()["correlation_id"] == answered.headers["x-correlation-id"]


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        (b"[]", "", "wrong-type"),
        (b"{}", "/reference", "missing-field"),
        (b'{"reference":"r","lines":[]}', "/lines", "too-few"),
        (b'{"reference":"r","lines":[{"offer_id":"o"}]}', "/lines/0/quantity", "missing-field"),
        (b'{"reference":"r","lines":[{"offer_id":"o","quantity":"2"}]}', "/lines/0/quantity", "wrong-type"),
        (b'{"reference":"r","lines":[{"offer_id":"o","quantity":-2}]}', "/lines/0/quantity", "out-of-range"),
        (b'{"reference":"r","lines":[{"offer_id":"o","quantity":2.5}]}', "/lines/0/quantity", "wrong-type"),
        (b'{"reference":"r","lines":[{"offer_id":"o","quantity":10001}]}', "/lines/0/quantity", "out-of-range"),
        (b'{"reference":"r","lines":[{"offer_id":"o","quantity":1e999}]}', "/lines/0/quantity", "out-of-range"),
        (b'{"reference":"r","lines":[{"offer_id":"","quantity":1}]}', "/lines/0/offer_id", "too-short"),
        (b'{"reference":"r","lines":[{"offer_id":"o","quantity":1,"a/b~":1}]}', "/lines/0/a~1b~0", "unknown-field"),
        (b'{"reference":"r","lines":[{"offer_id":"o","quantity":1}],"note":"12345678901"}', "/note", "too-long"),
        (
            b'{"reference":"r","lines":[{"offer_id":"o","quantity":1}],"attributes":{"x":1}}',
            "/attributes",
            "wrong-type",
        ),
        (b'{"reference":"a\\u0000b","lines":[{"offer_id":"o","quantity":1}]}', "/reference", "character-refused"),
        (
            b'{"reference":"r","lines":[{"offer_id":"o","quantity":1}],"attributes":{"\\u0000":"a"}}',
            "/attributes/\x00",
            "character-refused",
        ),
    ],
)
async def test_a_body_that_does_not_fit_is_refused_at_its_place(body: bytes, pointer: str, code: str) -> None:
    answered = await place(body)
    problem = answered.json()
    assert (answered.status, problem["code"]) == (422, "request-invalid")
    assert answered.headers["content-type"] == "application/problem+json"
    assert [(finding["pointer"], finding.get("code", "invalid")) for finding in problem["findings"]] == [
        (pointer, code)
    ]
    assert problem["mend"]
    assert problem["type"] == "/problems/request-invalid"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"not json",
        GOOD + b"x",
        b"\xef\xbb\xbf" + GOOD,
        GOOD.decode().encode("utf-16"),
        b'{"reference":"\xff","lines":[]}',
        b'{"reference":"\\ud800","lines":[]}',
        b'{"reference":"\\ud800 lone","lines":[]}',
        b'{"reference":"a\x00b","lines":[]}',
        b'{"reference":NaN}',
    ],
)
async def test_what_is_not_json_is_refused_as_such(body: bytes) -> None:
    answered = await place(body)
    assert (answered.status, answered.json()["code"]) == (400, "malformed-json")


async def test_an_escaped_backslash_before_u0000_is_text_like_any_other() -> None:
    answered = await place(b'{"reference":"a\\\\u0000b","lines":[{"offer_id":"o","quantity":1}]}')
    assert answered.status == 201


@pytest.mark.parametrize("media_type", [None, "text/plain", "application/x-www-form-urlencoded", "application/jsonp"])
async def test_a_body_of_another_media_type_is_refused(media_type: str | None) -> None:
    answered = await place(GOOD, headers={"content-type": media_type} if media_type else {})
    assert (answered.status, answered.json()["code"]) == (415, "content-type-unsupported")


@pytest.mark.parametrize("media_type", ["application/json; charset=utf-8", "Application/JSON", "application/json;"])
async def test_the_media_type_may_be_written_in_other_ways(media_type: str) -> None:
    assert (await place(GOOD, headers={"content-type": media_type})).status == 201


async def test_json_of_another_character_set_is_refused() -> None:
    answered = await place(GOOD, headers={"content-type": "application/json; charset=latin-1"})
    assert answered.status == 415


async def test_a_body_that_says_it_is_too_long_is_refused_before_it_is_read() -> None:
    answered = await place(GOOD, headers={**JSON, "content-length": "2001"})
    assert (answered.status, answered.json()["code"]) == (413, "body-too-large")


async def test_a_body_that_grows_too_long_is_refused_while_it_arrives() -> None:
    answered = await place([b" " * 500] * 100)  # type: ignore[arg-type]
    assert (answered.status, answered.json()["code"]) == (413, "body-too-large")


async def test_a_body_in_pieces_is_put_together() -> None:
    answered = await place([GOOD[:10], GOOD[10:20], GOOD[20:], b""])  # type: ignore[arg-type]
    assert answered.status == 201


async def test_a_caller_who_hangs_up_is_answered_nothing() -> None:
    sent = []

    async def receive() -> dict[str, str]:
        return {"type": "http.disconnect"}

    async def send(message: dict[str, object]) -> None:
        sent.append(message)

    headers = [(b"authorization", b"Bearer storefront"), (b"content-type", b"application/json")]
    scope = {"type": "http", "method": "POST", "path": "/v1/orders", "query_string": b"", "headers": headers}
    await ORDERS(scope, receive, send)  # type: ignore[arg-type]
    assert sent == []


async def test_a_body_that_never_comes_ends_in_a_time_out() -> None:
    impatient = api(operation(method="POST", path="/v1/orders", body=PlacedOrder), maximum_seconds=0.01)
    answer: list[int] = []

    async def receive() -> dict[str, str]:
        await asyncio.Event().wait()
        return {}

    async def send(message: dict[str, object]) -> None:
        if "status" in message:
            answer.append(message["status"])  # type: ignore[arg-type]

    headers = [(b"authorization", b"Bearer storefront"), (b"content-type", b"application/json")]
    scope = {"type": "http", "method": "POST", "path": "/v1/orders", "query_string": b"", "headers": headers}
    await impatient(scope, receive, send)  # type: ignore[arg-type]
    assert answer == [408]


async def test_a_file_is_handed_over_in_pieces_and_limited() -> None:
    csv = {"content-type": "text/csv"}
    whole = await call(ORDERS, method="POST", path="/v1/feeds", body=[b"a,b", b"\n1,2"], headers=csv)
    assert whole.json() == {"bytes": 7}
    too_long = await call(ORDERS, method="POST", path="/v1/feeds", body=[b"a,b", b"\n1,2\n3,4"], headers=csv)
    assert (too_long.status, too_long.json()["code"]) == (413, "body-too-large")
    other = await call(ORDERS, method="POST", path="/v1/feeds", body=b"{}", headers=JSON)
    assert other.status == 415


@pytest.mark.parametrize(
    ("query", "pointer", "code"),
    [
        ("limit=0", "limit", "out-of-range"),
        ("limit=501", "limit", "out-of-range"),
        ("limit=many", "limit", "wrong-type"),
        ("limit=", "limit", "wrong-type"),
        ("urgent=perhaps", "urgent", "wrong-type"),
        ("state=12345678901", "state", "too-long"),
        ("state=a&state=b", "state", "given-twice"),
        ("stat=a", "stat", "unknown-field"),
        ("state=%00", "state", "character-refused"),
        ("state=%ff", "", "invalid"),
        ("&".join(f"x{number}=1" for number in range(60)), "", "invalid"),
    ],
)
async def test_a_parameter_that_does_not_fit_is_named(query: str, pointer: str, code: str) -> None:
    answered = await call(ORDERS, path="/v1/tasks", query=query)
    problem = answered.json()
    assert (answered.status, problem["code"]) == (422, "parameter-invalid")
    assert [(one["pointer"], one.get("code", "invalid")) for one in problem["findings"]] == [(pointer, code)]


async def test_parameters_are_converted_and_have_defaults() -> None:
    answered = await call(ORDERS, path="/v1/tasks", query="limit=5&urgent=true")
    assert answered.json()["query"] == {"state": None, "limit": 5, "urgent": True}
    assert (await call(ORDERS, path="/v1/tasks")).json()["query"]["limit"] == 100


async def test_an_operation_without_parameters_takes_none() -> None:
    assert (await call(ORDERS, path="/v1/orders/recent", query="limit=5")).status == 422


@pytest.mark.parametrize(
    ("headers", "code"),
    [({}, "idempotency-key-missing"), ({"idempotency-key": ""}, "idempotency-key-malformed")]
    + [({"idempotency-key": text}, "idempotency-key-malformed") for text in ("a b", "x" * 201, "ü")],
)
async def test_an_idempotency_key_is_asked_for_and_looked_at(headers: dict[str, str], code: str) -> None:
    answered = await call(
        ORDERS, method="POST", path="/v1/orders/o1/cancellations", body=GOOD, headers={**JSON, **headers}
    )
    assert (answered.status, answered.json()["code"]) == (400, code)


@pytest.mark.parametrize(
    ("key", "status", "code"),
    [
        (None, 401, "key-missing"),
        ("nobody", 401, "key-unknown"),
        ("supplier", 403, "forbidden"),
        ("anyone", 403, "forbidden"),
    ],
)
async def test_only_the_roles_of_an_operation_may_call_it(key: str | None, status: int, code: str) -> None:
    answered = await call(ORDERS, path="/v1/orders/recent", key=key)
    assert (answered.status, answered.json()["code"]) == (status, code)
    assert ("www-authenticate" in answered.headers) == (status == 401)


async def test_an_authorization_of_another_scheme_is_refused() -> None:
    answered = await call(ORDERS, path="/v1/orders/recent", headers={"authorization": "Basic c3RvcmVmcm9udA=="})
    assert (answered.status, answered.json()["code"]) == (401, "authorization-malformed")


async def test_what_is_open_to_anyone_is_done_as_anyone() -> None:
    answered = await call(ORDERS, path="/v1/open", key=None)
    assert answered.json()["actor"] == "anyone:anyone"
    assert (await call(ORDERS, path="/v1/open", key="operator")).json()["actor"] == "anyone:anyone"


async def test_a_key_is_checked_before_a_body_is_read() -> None:
    answered = await place(b"{", key=None)
    assert answered.status == 401


async def test_an_unforeseen_error_is_logged_and_not_told(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        answered = await call(ORDERS, path="/v1/broken", headers={"x-correlation-id": "find-me"})
    assert (answered.status, answered.json()["code"]) == (500, "internal")
    assert b"hunter2" not in answered.body
    assert answered.json()["correlation_id"] == "find-me"
    assert caplog.records[0].correlation_id == "find-me"  # type: ignore[attr-defined]
    assert "hunter2" in str(caplog.records[0].exc_info)


async def test_a_named_error_is_told_with_its_mend_and_its_patience() -> None:
    answered = await call(ORDERS, path="/v1/paper")
    assert answered.json() == {
        "type": "/problems/out-of-paper",
        "title": "No paper",
        "status": 503,
        "detail": "Tray of storefront-1 is empty.",
        "instance": "/v1/paper",
        "code": "out-of-paper",
        "mend": "Put paper in.",
        "findings": [],
        "correlation_id": answered.headers["x-correlation-id"],
    }
    assert answered.headers["retry-after"] == "7"


async def test_more_requests_than_allowed_are_asked_to_come_again() -> None:
    inside = asyncio.Event()
    leave = asyncio.Event()

    async def wait(request: Request) -> Answer:
        inside.set()
        await leave.wait()
        return Answer(value=request.path)

    crowded = api(operation(handle=wait), maximum_requests_at_once=1)
    first = asyncio.create_task(call(crowded, path="/v1/things"))
    await inside.wait()
    second = await call(crowded, path="/v1/things")
    leave.set()
    assert (second.status, second.json()["code"]) == (503, "overloaded")
    assert "retry-after" in second.headers
    assert (await first).status == 200
    assert (await call(crowded, path="/v1/things")).status == 200


async def test_an_operation_may_answer_bytes_of_its_own() -> None:
    async def csv(request: Request) -> Answer:
        return Answer(raw=b"a,b\n", media_type="text/csv", headers={"Content-Disposition": "attachment"}, status=206)

    answered = await call(api(operation(handle=csv)), path="/v1/things")
    assert (answered.status, answered.body) == (206, b"a,b\n")
    assert answered.headers["content-type"] == "text/csv"
    assert answered.headers["content-disposition"] == "attachment"


@given(body=st.binary(max_size=300))
async def test_no_bytes_whatever_break_the_edge(body: bytes) -> None:
    answered = await place(body)
    assert answered.status in {400, 413, 422}


_JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)


@given(value=_JSON_VALUES, query=st.text(max_size=30), path=st.text(max_size=30))
async def test_no_json_no_query_and_no_path_break_the_edge(value: object, query: str, path: str) -> None:
    body = msgspec.json.encode({"reference": "r", "lines": value})
    assert (await place(body)).status in {201, 400, 413, 422}
    found = await call(ORDERS, path="/v1/orders/" + path, query=query.encode("utf-8", "ignore").decode("latin-1"))
    assert found.status in {200, 404, 405, 422}


def test_an_operation_open_to_all_known_roles_still_asks_for_a_key() -> None:
    assert isinstance(api(operation(roles=frozenset(Role))), Api)
