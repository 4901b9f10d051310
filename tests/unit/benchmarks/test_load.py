"""The load generator sends what its plan says, and counts what came back."""

from __future__ import annotations

from array import array
from pathlib import Path

import httptools
import msgspec
import pytest

from benchmarks.load_plan import FixedRequests, LoadPlan, OfferChoice, OrderRequests, latency_summary, run_load
from benchmarks.processes import MeasuredProcess, free_port
from benchmarks.requests import TooFewSuppliers, chosen_lines, get_request, request_maker


def offers(*, count: int = 30, suppliers: int = 5) -> list[OfferChoice]:
    return [
        OfferChoice(offer_id=f"off_{number}", supplier_id=f"sup_{number % suppliers}", price_minor=100 + number)
        for number in range(count)
    ]


def orders(**changes: object) -> OrderRequests:
    source = OrderRequests(api_key="key", tag="run", offers=offers(), currency="USD")
    return msgspec.structs.replace(source, **changes)


class Heard:
    """Collects a parsed request."""

    def __init__(self, request: bytes) -> None:
        self.headers: dict[str, str] = {}
        self.body = b""
        self.complete = False
        httptools.HttpRequestParser(self).feed_data(request)

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers[name.decode()] = value.decode()

    def on_body(self, body: bytes) -> None:
        self.body += body

    def on_message_complete(self) -> None:
        self.complete = True


def test_percentiles_are_latencies_of_real_requests():
    summary = latency_summary(nanoseconds=array("Q", [number * 1_000_000 for number in range(200, 0, -1)]))
    assert summary.p50_milliseconds == 100
    assert summary.p99_milliseconds == 198
    assert summary.maximum_milliseconds == 200


def test_no_latencies_have_no_percentiles():
    assert latency_summary(nanoseconds=array("Q")).p99_milliseconds == 0


def test_each_order_is_a_whole_request_with_a_reference_of_its_own():
    make = request_maker(source=orders())
    heard = [Heard(make()) for _ in range(50)]
    assert all(one.complete and int(one.headers["Content-Length"]) == len(one.body) for one in heard)
    bodies = [msgspec.json.decode(one.body) for one in heard]
    assert len({body["reference"] for body in bodies}) == 50
    assert [body["reference"] for body in bodies] == [one.headers["Idempotency-Key"] for one in heard]
    assert {len(body["lines"]) for body in bodies} == {3}


def test_the_lines_of_an_order_are_of_several_suppliers_and_different_offers():
    chosen = chosen_lines(source=orders())
    assert all(len({line.offer_id for line in lines}) == 3 for lines in chosen)
    assert all(len({line.supplier_id for line in lines}) >= 2 for lines in chosen)


def test_offers_of_one_supplier_cannot_fill_orders_over_two():
    with pytest.raises(TooFewSuppliers):
        chosen_lines(source=orders(offers=offers(suppliers=1)))


def test_a_run_without_bounds_is_refused():
    with pytest.raises(ValueError, match="at most"):
        LoadPlan(port=1, connections=1, seconds=0, source=FixedRequests(requests=[]))


def test_a_run_ends_after_its_number_of_requests_and_counts_every_answer(tmp_path: Path):
    port = free_port()
    command = ["-m", "benchmarks.bare_servers", "starlette", str(port), "100"]
    with MeasuredProcess(name="bare", command=command, log_directory=tmp_path) as server:
        server.wait_until_ready(port=port, path="/health/ready")
        placing = run_load(plan=LoadPlan(port=port, connections=7, seconds=30, source=orders(), requests_maximum=100))
        missing = FixedRequests(requests=[get_request(path="/nothing")])
        asking = run_load(plan=LoadPlan(port=port, connections=2, seconds=30, source=missing, requests_maximum=9))
        assert server.usage().resident_mebibytes > 1
    assert placing.statuses == {201: 100}
    assert len(placing.latencies) == 100 * 8
    assert placing.succeeded == 100
    assert asking.statuses == {404: 9}
    assert asking.succeeded == 0
    assert asking.problems[0].startswith("404")
