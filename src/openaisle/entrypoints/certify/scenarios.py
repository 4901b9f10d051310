"""The scenarios: each plays one thing that happens on a marketplace, and says how to mend what fails."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import NamedTuple

import msgspec

from openaisle.entrypoints.certify.bench import SHIP_TO, Bench, CheckFailed, require_refused
from openaisle.orders.channels.documents import CancellationDecision, Decision, PurchaseOrderAnswer

_UNKNOWN_SKU = "NO-SUCH-SKU-CERTIFY"
_BIG_BATCH = 50
_MANY_LINES = 90
_AT_ONCE = 8
_CALLS_TIMED = 10


class Scenario(NamedTuple):
    """One scenario: its name, what it shows, how to mend it, and what plays it."""

    name: str
    title: str
    mend: str
    play: Callable[[Bench], Awaitable[None]]
    needs: str = ""


async def _good_order(bench: Bench) -> None:
    document = bench.order()
    answer = (await bench.place(document))[document.purchase_order_id]
    if answer.decision is Decision.REJECTED:
        raise CheckFailed(f"It rejected an order of {bench.addresses.sku}; give a SKU that it has with --sku.")
    _require_prices(answer)


async def _twice(bench: Bench) -> None:
    document = bench.order()
    first, second = await bench.place(document), await bench.place(document)
    _require_same(first, second)


async def _twice_in_other_batch(bench: Bench) -> None:
    old, new = bench.order(), bench.order()
    first = await bench.place(old)
    second = await bench.place(new, old)
    _require_same(first, {old.purchase_order_id: second[old.purchase_order_id]})


async def _twice_at_once(bench: Bench) -> None:
    document = bench.order()
    answers = await asyncio.gather(*(bench.place(document) for _ in range(_AT_ONCE)))
    for answer in answers[1:]:
        _require_same(answers[0], answer)


async def _unsigned(bench: Bench) -> None:
    require_refused(answer=await bench.sent(body=bench.body(bench.order()), unsigned=True))


async def _wrong_signature(bench: Bench) -> None:
    secrets = (bench.signer.new_secret(),)
    require_refused(answer=await bench.sent(body=bench.body(bench.order()), secrets=secrets))


async def _altered_body(bench: Bench) -> None:
    body = bench.body(bench.order())
    altered = body.replace(b'"quantity":1', b'"quantity":9')
    require_refused(answer=await bench.sent(body=altered, signed_body=body))


async def _old_timestamp(bench: Bench) -> None:
    at = bench.clock.now() - timedelta(minutes=10)
    require_refused(answer=await bench.sent(body=bench.body(bench.order()), at=at))


async def _future_timestamp(bench: Bench) -> None:
    at = bench.clock.now() + timedelta(minutes=10)
    require_refused(answer=await bench.sent(body=bench.body(bench.order()), at=at))


async def _two_signatures(bench: Bench) -> None:
    document = bench.order()
    secrets = (bench.signer.new_secret(), bench.addresses.secret)
    answer = await bench.sent(body=bench.body(document), secrets=secrets)
    bench.answers(answer=answer, documents=[document])


async def _unknown_sku(bench: Bench) -> None:
    document = bench.order(sku=_UNKNOWN_SKU)
    answer = (await bench.place(document))[document.purchase_order_id]
    if answer.decision is Decision.ACCEPTED:
        raise CheckFailed(f"It accepted {_UNKNOWN_SKU}, which it cannot have.")


async def _unknown_beside_known(bench: Bench) -> None:
    known, unknown = bench.order(), bench.order(sku=_UNKNOWN_SKU)
    answers = await bench.place(unknown, known)
    if answers[known.purchase_order_id].decision is Decision.REJECTED:
        raise CheckFailed("An order that it cannot fill made it reject another in the same call.")


async def _big_batch(bench: Bench) -> None:
    await bench.place(*(bench.order() for _ in range(_BIG_BATCH)))


async def _many_lines(bench: Bench) -> None:
    await bench.place(bench.order(lines=_MANY_LINES))


async def _unknown_fields(bench: Bench) -> None:
    await bench.place(bench.order(), extra={"field_of_next_year": {"deep": [1, None, "x"]}})


async def _any_script(bench: Bench) -> None:
    ship_to = msgspec.structs.replace(
        SHIP_TO, name="Łukasz 王小明 🎁", street_lines=["ул. Ленина 1", 'O\'Neill "B" <3>']
    )
    await bench.place(bench.order(ship_to=ship_to))


async def _without_address(bench: Bench) -> None:
    await bench.place(bench.order(ship_to=None))


async def _malformed(bench: Bench) -> None:
    require_refused(answer=await bench.sent(body=b'{"purchase_orders": [{"purchase_order_id": '))


async def _empty_batch(bench: Bench) -> None:
    answers = bench.answers(answer=await bench.sent(body=bench.body()), documents=[])
    if answers:
        raise CheckFailed("It answered orders that were not sent.")


async def _fast_enough(bench: Bench) -> None:
    loop = asyncio.get_running_loop()
    slowest = 0.0
    for _ in range(_CALLS_TIMED):
        started = loop.time()
        await bench.place(bench.order())
        slowest = max(slowest, loop.time() - started)
    if slowest > bench.addresses.timeout_seconds / 2:
        limit = bench.addresses.timeout_seconds
        raise CheckFailed(f"The slowest of {_CALLS_TIMED} calls took {slowest:.2f} s, of {limit:g} s that it may take.")


async def _at_once(bench: Bench) -> None:
    await asyncio.gather(*(bench.place(bench.order()) for _ in range(_AT_ONCE)))


async def _stock(bench: Bench) -> None:
    levels = await bench.stock(bench.addresses.sku)
    if bench.addresses.sku not in [one.supplier_sku for one in levels]:
        raise CheckFailed(f"It tells nothing of {bench.addresses.sku}.")


async def _stock_of_unknown(bench: Bench) -> None:
    levels = await bench.stock(_UNKNOWN_SKU, bench.addresses.sku)
    if any(one.supplier_sku == _UNKNOWN_SKU and one.on_hand for one in levels):
        raise CheckFailed(f"It says that it has {_UNKNOWN_SKU}.")
    if bench.addresses.sku not in [one.supplier_sku for one in levels]:
        raise CheckFailed("A SKU that it does not know kept it from telling of one that it knows.")


async def _cancel(bench: Bench) -> None:
    document = bench.order()
    await bench.place(document)
    decision = (await bench.cancel(document))[document.purchase_order_id].decision
    if decision not in (CancellationDecision.CANCELED, CancellationDecision.TOO_LATE):
        raise CheckFailed(f"It answered {decision} to the cancellation of an order that it has.")


async def _cancel_twice(bench: Bench) -> None:
    document = bench.order()
    await bench.place(document)
    first, second = await bench.cancel(document), await bench.cancel(document)
    decisions = [one[document.purchase_order_id].decision for one in (first, second)]
    if decisions[0] is not decisions[1]:
        raise CheckFailed(f"It answered {decisions[0]} first and {decisions[1]} when it was told again.")


async def _cancel_unknown(bench: Bench) -> None:
    document = bench.order()
    decision = (await bench.cancel(document))[document.purchase_order_id].decision
    if decision not in (CancellationDecision.UNKNOWN, CancellationDecision.CANCELED):
        raise CheckFailed(f"It answered {decision} to the cancellation of an order that it never had.")


def _require_same(first: dict[str, PurchaseOrderAnswer], second: dict[str, PurchaseOrderAnswer]) -> None:
    for identifier, answer in first.items():
        if second[identifier].decision is not answer.decision:
            told = f"{answer.decision} first and {second[identifier].decision} when it came again"
            raise CheckFailed(f"It answered {told}.")


def _require_prices(answer: PurchaseOrderAnswer) -> None:
    for line in answer.lines or ():
        if line.unit_price_minor not in (None, 1299):
            raise CheckFailed(f"Line {line.line_number} was ordered at 1299, the answer says {line.unit_price_minor}.")


_ONCE = "Keep the purchase_order_id with your answer under a unique key, and answer a known one from what you kept."
_SIGNED = "Verify every call with a Standard Webhooks library over the exact bytes of the body; answer 401 if it fails."
_AGE = "Let the library check webhook-timestamp: refuse what is more than five minutes old or ahead."
_FUTURE = "Pass over fields that you do not know; new ones are added without notice."
_EACH = "Decide each purchase order by itself: one that you cannot fill is rejected, the others are answered as ever."

SCENARIOS: tuple[Scenario, ...] = (
    Scenario(
        "good-order", "A good order is answered", "Answer 200 with one acknowledgment for each order.", _good_order
    ),
    Scenario("same-order-twice", "The same order again gets the same answer", _ONCE, _twice),
    Scenario("same-order-other-batch", "Also in another batch", _ONCE, _twice_in_other_batch),
    Scenario("same-order-at-once", "Also several times at once", _ONCE, _twice_at_once),
    Scenario("unsigned", "A call without signature is refused", _SIGNED, _unsigned),
    Scenario("wrong-signature", "A call signed by a stranger is refused", _SIGNED, _wrong_signature),
    Scenario("altered-body", "A body that was altered is refused", _SIGNED, _altered_body),
    Scenario("old-timestamp", "An old call is refused", _AGE, _old_timestamp),
    Scenario("future-timestamp", "A call from the future is refused", _AGE, _future_timestamp),
    Scenario(
        "two-signatures",
        "One of two signatures is enough, as while a secret changes",
        "webhook-signature holds several signatures, separated by spaces; one that fits is enough.",
        _two_signatures,
    ),
    Scenario("unknown-sku", "An unknown SKU is rejected, not an error", _EACH, _unknown_sku),
    Scenario("unknown-beside-known", "And keeps no other order from its answer", _EACH, _unknown_beside_known),
    Scenario(
        "big-batch",
        f"{_BIG_BATCH} orders in one call are answered",
        "Answer every order of the call, or set maximum_batch of the connection lower.",
        _big_batch,
    ),
    Scenario("many-lines", f"An order of {_MANY_LINES} lines is answered", "Let an order have 90 lines.", _many_lines),
    Scenario("unknown-fields", "Fields of the future are passed over", _FUTURE, _unknown_fields),
    Scenario("any-script", "Names in any script are taken", "Read and store UTF-8 throughout.", _any_script),
    Scenario(
        "without-address",
        "An order without the shopper's address is answered",
        "Decide by destination; ask GET /v1/purchase-orders/{id} for the address once you have accepted.",
        _without_address,
    ),
    Scenario(
        "malformed",
        "A body that is no JSON is refused with 400",
        "Answer 400 to what you cannot read; a status of the 500s says that you are down.",
        _malformed,
    ),
    Scenario("empty-batch", "No orders are answered with no answers", "Answer an empty list.", _empty_batch),
    Scenario(
        "fast-enough",
        "Calls are answered well within the time-out",
        "Take the order, answer later, and do slow work afterwards; or set timeout_seconds higher (30 at most).",
        _fast_enough,
    ),
    Scenario("at-once", f"{_AT_ONCE} calls at once are answered", "Serve calls side by side.", _at_once),
    Scenario("stock", "Stock is told", "Answer one stock level for each SKU and location.", _stock, "inventory_url"),
    Scenario(
        "stock-of-unknown-sku",
        "An unknown SKU is left out of stock levels, not an error",
        "Leave out what you do not know, and tell of the rest.",
        _stock_of_unknown,
        "inventory_url",
    ),
    Scenario("cancellation", "A cancellation is answered", "Answer canceled or too_late.", _cancel, "cancellation_url"),
    Scenario(
        "cancellation-twice",
        "The same cancellation again gets the same answer",
        "cancellation_id is the idempotency key; quantities are told in all, not what was added.",
        _cancel_twice,
        "cancellation_url",
    ),
    Scenario(
        "cancellation-of-unknown",
        "The cancellation of an order that never came is no error",
        "Answer unknown, and reject the order if it comes after its cancellation.",
        _cancel_unknown,
        "cancellation_url",
    ),
)
