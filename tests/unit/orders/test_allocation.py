from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from openaisle.inventory.model import NotSellableReason, OfferWithStock
from openaisle.orders.allocating.engine import allocate as allocate_request
from openaisle.orders.allocating.model import Verdict
from openaisle.orders.allocating.policy import AllocationWeights
from openaisle.orders.allocating.request import AllocationRequest, WantedLine
from openaisle.orders.allocating.strategy import LandedCostStrategy
from openaisle.orders.sharing import shipping_of_shares
from tests.factories.contexts import NOON
from tests.factories.inventory import stock_level
from tests.factories.offers import offer


def candidate(*, supplier_id: str, sku: str = "A", stock: dict[str, int] | None = None, reasons=(), **given_):
    made = offer(supplier_id=supplier_id, supplier_sku=sku, **given_)
    levels = tuple(
        stock_level(of=made, location=location, on_hand=on_hand)
        for location, on_hand in (stock or {"default": 10}).items()
    )
    return OfferWithStock(offer=made, stock=levels, reasons=tuple(reasons))


def wanted(number: int = 1, *, quantity: int = 1, offer_id: str | None = None) -> WantedLine:
    return WantedLine(line_number=number, quantity=quantity, offer_id=offer_id)


def allocate(*, lines, candidates, currency, **given_):
    request = AllocationRequest(at=NOON, currency=currency, lines=tuple(lines))
    return allocate_request(request=request, candidates=candidates, **given_)


def suppliers_of(decision) -> list[tuple[int, str]]:
    return [(share.line_number, share.candidate.offer.supplier_id) for share in decision.shares]


def test_the_cheapest_offer_fills_the_line_and_the_others_are_told_why_not():
    dear = candidate(supplier_id="sup_dear", price_minor=900)
    cheap = candidate(supplier_id="sup_cheap", price_minor=500)
    decision = allocate(lines=[wanted()], candidates={1: [dear, cheap]}, currency="EUR")
    assert suppliers_of(decision) == [(1, "sup_cheap")]
    verdicts = {one.supplier_id: one.verdict for one in decision.lines[0].assessments}
    assert verdicts == {"sup_dear": Verdict.BETTER_FOUND, "sup_cheap": Verdict.CHOSEN}


def test_a_day_of_waiting_is_worth_its_weight():
    slow = candidate(supplier_id="sup_slow", price_minor=500, lead_time_days=9)
    quick = candidate(supplier_id="sup_quick", price_minor=600, lead_time_days=1)
    patient = LandedCostStrategy(weights=AllocationWeights(day_minor=0))
    lines, candidates = [wanted()], {1: [slow, quick]}
    assert suppliers_of(allocate(lines=lines, candidates=candidates, currency="EUR")) == [(1, "sup_quick")]
    decision = allocate(lines=lines, candidates=candidates, currency="EUR", strategy=patient)
    assert suppliers_of(decision) == [(1, "sup_slow")]


def test_one_parcel_is_preferred_to_two_over_all_lines_together():
    candidates = {
        1: [candidate(supplier_id="sup_a", sku="X", price_minor=500), candidate(supplier_id="sup_c", price_minor=600)],
        2: [candidate(supplier_id="sup_b", sku="Y", price_minor=500), candidate(supplier_id="sup_c", price_minor=600)],
    }
    decision = allocate(lines=[wanted(1), wanted(2)], candidates=candidates, currency="EUR")
    assert suppliers_of(decision) == [(1, "sup_c"), (2, "sup_c")]


def test_a_parcel_that_a_fixed_line_needs_anyway_costs_nothing_more():
    fixed = candidate(supplier_id="sup_a", sku="FIX", price_minor=100)
    candidates = {
        1: [fixed],
        2: [candidate(supplier_id="sup_b", price_minor=500), candidate(supplier_id="sup_a", price_minor=700)],
    }
    lines = [wanted(1, offer_id=fixed.offer.offer_id), wanted(2)]
    assert suppliers_of(allocate(lines=lines, candidates=candidates, currency="EUR")) == [(1, "sup_a"), (2, "sup_a")]


def test_a_line_is_split_only_if_no_single_offer_can_fill_it():
    first = candidate(supplier_id="sup_a", price_minor=100, stock={"default": 3})
    second = candidate(supplier_id="sup_b", price_minor=200, stock={"default": 4})
    decision = allocate(lines=[wanted(quantity=5)], candidates={1: [first, second]}, currency="EUR")
    assert [share.quantity for share in decision.shares] == [3, 2]
    whole = candidate(supplier_id="sup_c", price_minor=900, stock={"default": 5})
    decision = allocate(lines=[wanted(quantity=5)], candidates={1: [first, second, whole]}, currency="EUR")
    assert suppliers_of(decision) == [(1, "sup_c")]


def test_what_cannot_be_sold_or_refused_before_is_not_chosen_and_named():
    candidates = [
        candidate(supplier_id="sup_paused", reasons=[NotSellableReason.OFFER_PAUSED]),
        candidate(supplier_id="sup_dollar", currency="USD"),
        candidate(supplier_id="sup_refused"),
        candidate(supplier_id="sup_little", stock={"default": 1}),
    ]
    refused = candidates[2].offer.offer_id
    decision = allocate(
        lines=[wanted(quantity=2)],
        candidates={1: candidates},
        currency="EUR",
        excluded={1: frozenset({refused})},
    )
    assert decision.shares == ()
    assert decision.lines[0].unfilled == 2
    assert [one.verdict for one in decision.lines[0].assessments] == [
        Verdict.OFFER_PAUSED,
        Verdict.CURRENCY_DIFFERS,
        Verdict.REFUSED_BEFORE,
        Verdict.TOO_LITTLE_STOCK,
    ]


def test_two_lines_of_one_product_never_count_the_same_unit_twice():
    only = candidate(supplier_id="sup_a", stock={"default": 3})
    lines = [wanted(1, quantity=2), wanted(2, quantity=2)]
    decision = allocate(lines=lines, candidates={1: [only], 2: [only]}, currency="EUR")
    assert [share.quantity for share in decision.shares] == [2]
    assert [line.unfilled for line in decision.lines] == [0, 2]


def test_an_order_with_too_many_ways_to_fill_it_is_filled_line_after_line():
    candidates = {
        number: [candidate(supplier_id=f"sup_{one}", sku=f"{number}", price_minor=100 + one) for one in range(8)]
        for number in range(1, 20)
    }
    lines = [wanted(number) for number in candidates]
    decision = allocate(lines=lines, candidates=candidates, currency="EUR")
    assert {supplier_id for _, supplier_id in suppliers_of(decision)} == {"sup_0"}


@given(
    stock=st.lists(st.lists(st.integers(0, 6), min_size=1, max_size=3), min_size=1, max_size=4),
    prices=st.lists(st.integers(1, 999), min_size=4, max_size=4),
    quantities=st.lists(st.integers(1, 8), min_size=1, max_size=4),
)
def test_shares_fill_lines_wholly_or_not_at_all_and_never_more_than_there_is(stock, prices, quantities):
    offers = [
        candidate(
            supplier_id=f"sup_{number}",
            price_minor=prices[number],
            stock={f"l{place}": some for place, some in enumerate(places)},
        )
        for number, places in enumerate(stock)
    ]
    lines = [wanted(number, quantity=quantity) for number, quantity in enumerate(quantities, start=1)]
    candidates = {line.line_number: offers for line in lines}
    decision = allocate(lines=lines, candidates=candidates, currency="EUR")
    assert decision == allocate(lines=lines, candidates=candidates, currency="EUR")
    taken: dict[tuple[str, str], int] = {}
    for share in decision.shares:
        place = (share.candidate.offer.offer_id, share.location)
        taken[place] = taken.get(place, 0) + share.quantity
    for one in offers:
        for level in one.stock:
            assert taken.get((one.offer.offer_id, level.location), 0) <= level.available
    for line, decided in zip(lines, decision.lines, strict=True):
        filled = sum(share.quantity for share in decision.shares if share.line_number == line.line_number)
        assert filled + decided.unfilled == line.quantity
        assert decided.unfilled in {0, line.quantity}
        assert filled == sum(one.quantity for one in decided.assessments)
    charges = shipping_of_shares(shares=decision.shares, shipping={line.line_number: 101 for line in lines})
    for line in decision.lines:
        own = [
            charge
            for charge, share in zip(charges, decision.shares, strict=True)
            if share.line_number == line.line_number
        ]
        assert sum(own) == (0 if line.unfilled else 101)
