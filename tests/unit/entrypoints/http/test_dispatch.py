"""A path leads to one target, whatever else is there."""

from __future__ import annotations

import pytest

from openaisle.entrypoints.http.dispatch import Dispatcher, PathTaken
from openaisle.entrypoints.http.errors import MethodNotAllowed, PathUnknown


def dispatcher() -> Dispatcher[str]:
    found: Dispatcher[str] = Dispatcher()
    for method, path in [
        ("GET", "/v1/orders"),
        ("POST", "/v1/orders"),
        ("GET", "/v1/orders/{order_id}"),
        ("GET", "/v1/orders/recent"),
        ("POST", "/v1/orders/{order_id}/cancellations"),
        ("GET", "/v1/orders/{order_id}/lines/{line_number}"),
        ("GET", "/v1/orders/{order_id}/lines/first"),
        ("DELETE", "/v1/api-keys/{key_id}"),
    ]:
        found.add(method=method, path=path, target=f"{method} {path}")
    return found


@pytest.mark.parametrize(
    ("method", "path", "target", "parameters"),
    [
        ("GET", "/v1/orders", "GET /v1/orders", {}),
        ("POST", "/v1/orders", "POST /v1/orders", {}),
        ("HEAD", "/v1/orders", "GET /v1/orders", {}),
        ("GET", "/v1/orders/ord_1", "GET /v1/orders/{order_id}", {"order_id": "ord_1"}),
        ("HEAD", "/v1/orders/ord_1", "GET /v1/orders/{order_id}", {"order_id": "ord_1"}),
        ("GET", "/v1/orders/recent", "GET /v1/orders/recent", {}),
        ("POST", "/v1/orders/o/cancellations", "POST /v1/orders/{order_id}/cancellations", {"order_id": "o"}),
        (
            "GET",
            "/v1/orders/o/lines/2",
            "GET /v1/orders/{order_id}/lines/{line_number}",
            {"order_id": "o", "line_number": "2"},
        ),
        ("GET", "/v1/orders/o/lines/first", "GET /v1/orders/{order_id}/lines/first", {"order_id": "o"}),
    ],
)
def test_a_path_leads_to_its_target(method: str, path: str, target: str, parameters: dict[str, str]) -> None:
    found = dispatcher().find(method=method, path=path)
    assert (found.target, found.parameters) == (target, parameters)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "/v1/",
        "/v1/order",
        "/v1/orders/",
        "/v1/orders//cancellations",
        "/v1/orders/a/b",
        "/v1/orders/a\x00b",
        "/v1/orders/" + "x" * 201,
    ],
)
def test_any_other_path_is_unknown(path: str) -> None:
    with pytest.raises(PathUnknown):
        dispatcher().find(method="GET", path=path)


def test_a_wrong_method_tells_the_right_ones() -> None:
    with pytest.raises(MethodNotAllowed) as refused:
        dispatcher().find(method="PUT", path="/v1/orders")
    assert refused.value.allowed == ("GET", "HEAD", "POST")


def test_a_path_cannot_be_stated_twice() -> None:
    found = dispatcher()
    with pytest.raises(PathTaken):
        found.add(method="GET", path="/v1/orders/{order_id}", target="again")
