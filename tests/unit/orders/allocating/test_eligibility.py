from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from openaisle.inventory.model import OfferWithStock
from openaisle.orders.allocating.eligibility import Eligibility, Expectation, SupplierFacts
from openaisle.orders.allocating.engine import allocate
from openaisle.orders.allocating.model import Verdict
from openaisle.orders.allocating.policy import STANDARD_POLICY
from openaisle.orders.allocating.request import AllocationRequest, Destination, WantedLine
from openaisle.suppliers.shipping_terms import EVERY_DAY, Origin, ShippingTerms, ShippingZone
from tests.factories.inventory import stock_level
from tests.factories.offers import offer

# A Monday, at nine in Berlin.
MONDAY = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
BERLIN = Destination(country="DE", postal_code="10115", region="Berlin")
GERMANY = ShippingZone(countries=("DE",), transit_days=2, options={"express": 1})


def candidate(
    *, supplier_id: str = "sup_a", locations: tuple[str, ...] = ("default",), **given_: Any
) -> OfferWithStock:
    of = offer(supplier_id=supplier_id, **({"lead_time_days": 0} | given_))
    stock = tuple(stock_level(of=of, location=one, on_hand=10) for one in locations)
    return OfferWithStock(offer=of, stock=stock, reasons=())


def terms(*, supplier_id: str = "sup_a", **given_: Any) -> ShippingTerms:
    return ShippingTerms(supplier_id=supplier_id, **({"time_zone": "Europe/Berlin"} | given_))


def eligibility(
    *, of: ShippingTerms | None = None, capacity_left: dict[str, int] | None = None, **given_: Any
) -> Eligibility:
    wanted = (WantedLine(line_number=1, quantity=1),)
    request = AllocationRequest(**({"at": MONDAY, "currency": "EUR", "lines": wanted, "destination": BERLIN} | given_))
    facts = {"sup_a": SupplierFacts(terms=of, capacity_left=capacity_left or {})}
    return Eligibility(request=request, facts=facts, excluded={}, policy=STANDARD_POLICY)


def verdict(judge: Eligibility, one: OfferWithStock) -> Verdict | None:
    judged = judge.judged(line_number=1, candidate=one)
    return judged if isinstance(judged, Verdict) else None


def delivered_on(judge: Eligibility, one: OfferWithStock) -> str:
    expected = judge.expected(candidate=one)
    assert isinstance(expected, Expectation)
    return expected.delivered_on


def test_a_supplier_without_terms_ships_everywhere_in_the_days_of_the_policy():
    judge = eligibility()
    assert verdict(judge, candidate()) is None
    assert delivered_on(judge, candidate(lead_time_days=2)) == "2026-11-28"
    assert delivered_on(eligibility(shipping_option="express"), candidate()) == "2026-11-24"


@pytest.mark.parametrize(
    ("destination", "expected"),
    [
        (BERLIN, None),
        (Destination(country="AT", postal_code="1010"), Verdict.SHIPS_NOT_THERE),
        (Destination(country="DE", postal_code="27498"), Verdict.SHIPS_NOT_THERE),
        (None, None),
    ],
)
def test_goods_go_where_the_terms_say_and_nowhere_else(destination, expected):
    island = ShippingZone(countries=("DE",), postal_prefixes=("27498",), transit_days=0)
    judge = eligibility(of=terms(zones=(GERMANY,), excluded=(island,)), destination=destination)
    assert verdict(judge, candidate()) is expected


@pytest.mark.parametrize(
    ("option", "expected"), [("", None), ("express", None), ("pickup", Verdict.SHIPPING_OPTION_MISSING)]
)
def test_a_shipping_option_that_the_supplier_does_not_have_rules_it_out(option, expected):
    assert verdict(eligibility(of=terms(zones=(GERMANY,)), shipping_option=option), candidate()) is expected


def test_hazardous_goods_are_not_given_to_a_supplier_that_sends_none():
    hazardous = candidate(hazardous=True)
    assert verdict(eligibility(of=terms(hazardous_goods=False)), hazardous) is Verdict.HAZARDOUS_GOODS_REFUSED
    assert verdict(eligibility(of=terms()), hazardous) is None
    assert verdict(eligibility(of=terms(hazardous_goods=False)), candidate()) is None


@pytest.mark.parametrize(
    ("age", "checked", "expected"),
    [
        (18, False, None),
        (17, False, Verdict.AGE_NOT_PROVEN),
        # Whoever is known to be too young does not get older at the door.
        (17, True, Verdict.AGE_NOT_PROVEN),
        (None, True, None),
        (None, False, Verdict.AGE_NOT_PROVEN),
    ],
)
def test_goods_with_a_minimum_age_go_only_where_the_age_is_made_sure_of(age, checked, expected):
    judge = eligibility(of=terms(age_check=checked), shopper_age=age)
    assert verdict(judge, candidate(minimum_age=18)) is expected


def test_what_arrives_after_the_day_that_the_shopper_named_is_ruled_out():
    of = terms(zones=(GERMANY,))
    assert verdict(eligibility(of=of, not_after="2026-11-25"), candidate()) is None
    assert verdict(eligibility(of=of, not_after="2026-11-24"), candidate()) is Verdict.ARRIVES_TOO_LATE
    express = eligibility(of=of, not_after="2026-11-24", shipping_option="express")
    assert verdict(express, candidate()) is None


def test_who_would_be_early_waits_with_the_parcel():
    judge = eligibility(of=terms(zones=(GERMANY,)), not_before="2026-12-01")
    assert verdict(judge, candidate()) is None
    assert delivered_on(judge, candidate()) == "2026-12-01"


def test_a_supplier_takes_no_more_orders_than_it_can_work_on_in_a_day():
    of = terms(daily_capacity=5)
    full = eligibility(of=of, capacity_left={"2026-11-23": 0})
    assert verdict(full, candidate()) is Verdict.CAPACITY_REACHED
    assert verdict(eligibility(of=of, capacity_left={"2026-11-23": 1}), candidate()) is None
    assert verdict(eligibility(of=of, capacity_left={"2026-11-22": 0}), candidate()) is None
    assert verdict(eligibility(of=terms(daily_capacity=0)), candidate()) is Verdict.CAPACITY_REACHED


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        # Before the cut-off the work begins on the same day, after it on the next working day.
        (datetime(2026, 11, 23, 12, 59, tzinfo=UTC), "2026-11-25"),
        (datetime(2026, 11, 23, 13, 1, tzinfo=UTC), "2026-11-26"),
        # On a Friday after the cut-off the work begins on Monday.
        (datetime(2026, 11, 27, 13, 1, tzinfo=UTC), "2026-12-02"),
        # In Berlin it is the next day already.
        (datetime(2026, 11, 23, 23, 30, tzinfo=UTC), "2026-11-26"),
    ],
)
def test_the_cut_off_decides_on_which_day_the_work_begins(at, expected):
    judge = eligibility(of=terms(zones=(GERMANY,), cut_off="14:00"), at=at)
    assert delivered_on(judge, candidate()) == expected


def test_holidays_are_neither_worked_nor_delivered_on():
    of = terms(zones=(GERMANY,), holidays=("2026-11-23", "2026-11-25"))
    assert delivered_on(eligibility(of=of), candidate()) == "2026-11-27"
    of = terms(zones=(GERMANY,), working_days=EVERY_DAY, delivery_days=EVERY_DAY, processing_days=1)
    assert delivered_on(eligibility(of=of, at=datetime(2026, 11, 28, 8, 0, tzinfo=UTC)), candidate()) == "2026-12-01"


def test_the_nearer_location_of_one_offer_is_preferred():
    of = terms(
        origins={"far": Origin(country="DE", postal_code="80331"), "near": Origin(country="DE", postal_code="10117")}
    )
    two = candidate(locations=("far", "near"))
    request = AllocationRequest(
        at=MONDAY, currency="EUR", lines=(WantedLine(line_number=1, quantity=2),), destination=BERLIN
    )
    decision = allocate(request=request, candidates={1: [two]}, facts={"sup_a": SupplierFacts(terms=of)})
    assert [share.location for share in decision.shares] == ["near"]


def test_who_may_not_fill_a_line_is_named_with_its_reason_and_the_next_one_fills_it():
    full, able = candidate(price_minor=100), candidate(supplier_id="sup_b", price_minor=900)
    facts = {"sup_a": SupplierFacts(terms=terms(daily_capacity=1), capacity_left={"2026-11-23": 0})}
    request = AllocationRequest(at=MONDAY, currency="EUR", lines=(WantedLine(line_number=1, quantity=1),))
    decision = allocate(request=request, candidates={1: [full, able]}, facts=facts)
    assert [one.verdict for one in decision.lines[0].assessments] == [Verdict.CAPACITY_REACHED, Verdict.CHOSEN]
    assert decision.shares[0].delivered_on == "2026-11-26"


def test_the_day_of_a_supplier_with_limited_capacity_is_told_so_that_it_is_counted():
    facts = {"sup_a": SupplierFacts(terms=terms(daily_capacity=3))}
    request = AllocationRequest(at=MONDAY, currency="EUR", lines=(WantedLine(line_number=1, quantity=1),))
    limited = allocate(request=request, candidates={1: [candidate()]}, facts=facts)
    assert limited.begins_on == {"sup_a": "2026-11-23"}
    assert allocate(request=request, candidates={1: [candidate()]}).begins_on == {}


@given(
    prices=st.lists(st.integers(100, 110), min_size=2, max_size=5),
    scores=st.lists(st.one_of(st.none(), st.integers(0, 1_000)), min_size=5, max_size=5),
    order=st.randoms(use_true_random=False),
)
def test_the_same_facts_give_the_same_decision_in_whatever_order_candidates_stand(prices, scores, order):
    offers = [candidate(supplier_id=f"sup_{n}", price_minor=price) for n, price in enumerate(prices)]
    facts = {f"sup_{n}": SupplierFacts(scorecard=score) for n, score in enumerate(scores)}
    lines = tuple(WantedLine(line_number=number, quantity=2) for number in (1, 2, 3))
    request = AllocationRequest(at=MONDAY, currency="EUR", lines=lines)
    shuffled = list(offers)
    order.shuffle(shuffled)
    first = allocate(request=request, candidates=dict.fromkeys((1, 2, 3), offers), facts=facts)
    again = allocate(request=request, candidates=dict.fromkeys((1, 2, 3), shuffled), facts=facts)
    assert msgspec.json.encode(first.shares) == msgspec.json.encode(again.shares)
    assert date.fromisoformat(first.shares[0].delivered_on or "") >= MONDAY.date()
