"""The bytes of the requests that a load run sends, built so that sending costs as little as possible."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterator

import msgspec

from benchmarks.load_plan import FixedRequests, OfferChoice, OrderRequests

_PREPARED_ORDERS = 5_000
_TRIES_MAXIMUM = 1_000
_SHIP_TO = {
    "name": "Ada Example",
    "street_lines": ["12 Long Lane", "Flat 3"],
    "city": "Springfield",
    "region": "IL",
    "postal_code": "62701",
    "country": "US",
    "phone": "+12175550123",
    "email": "ada@shopper.example",
}


class TooFewSuppliers(Exception):
    """The offers given cannot fill an order over so many suppliers."""


def get_request(*, path: str, api_key: str | None = None) -> bytes:
    """Return a whole GET request."""
    key = f"Authorization: Bearer {api_key}\r\n" if api_key else ""
    return f"GET {path} HTTP/1.1\r\nHost: localhost\r\n{key}\r\n".encode()


def request_maker(*, source: FixedRequests | OrderRequests) -> Callable[[], bytes]:
    """Return a function that gives the next request's bytes at each call."""
    if isinstance(source, FixedRequests):
        return itertools.cycle(source.requests).__next__
    return _orders(source=source).__next__


def _orders(*, source: OrderRequests) -> Iterator[bytes]:
    # Lines are encoded beforehand; only the reference differs from one round of them to the next.
    prepared = [_encoded_order(source=source, lines=lines) for lines in chosen_lines(source=source)]
    for number in itertools.count():
        head, tail, length = prepared[number % _PREPARED_ORDERS]
        reference = b"%s-%09d" % (source.tag.encode(), number)
        yield b"".join((head % (reference, length + len(reference)), reference, tail))


def _encoded_order(*, source: OrderRequests, lines: list[OfferChoice]) -> tuple[bytes, bytes, int]:
    body = {
        "reference": "",
        "currency": source.currency,
        "lines": [
            {"offer_id": one.offer_id, "quantity": source.quantity, "unit_price_minor": one.price_minor}
            for one in lines
        ],
        "ship_to": _SHIP_TO,
    }
    start, tail = msgspec.json.encode(body).split(b'""', 1)
    head = (
        b"POST /v1/orders HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nAuthorization: Bearer "
        + source.api_key.encode()
        + b"\r\nIdempotency-Key: %s\r\nContent-Length: %d\r\n\r\n"
        + start.replace(b"%", b"%%")
        + b'"'
    )
    return head, b'"' + tail, len(start) + len(tail) + 2


def chosen_lines(*, source: OrderRequests) -> list[list[OfferChoice]]:
    """Return the offers of the orders' lines, the same for the same seed; raises TooFewSuppliers."""
    chance = random.Random(source.seed)
    chosen: list[list[OfferChoice]] = []
    for _ in range(_PREPARED_ORDERS):
        for _ in range(_TRIES_MAXIMUM):
            lines = chance.sample(source.offers, source.lines)
            if len({one.supplier_id for one in lines}) >= source.suppliers_minimum:
                chosen.append(lines)
                break
        else:
            message = f"no {source.lines} offers of {source.suppliers_minimum} suppliers were found"
            raise TooFewSuppliers(message)
    return chosen
