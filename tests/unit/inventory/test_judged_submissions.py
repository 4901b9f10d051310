from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openaisle.catalog.issues import IssueCode, Severity
from openaisle.catalog.model import SubmissionState, Verdict
from openaisle.catalog.policy import CatalogPolicy
from openaisle.catalog.table_rules import TableRule, attribute_sql, fixed_message_sql
from openaisle.inventory.other_prices import unusual_price
from openaisle.offers.model import OfferState
from openaisle.reviews.events import ReviewResolved
from openaisle.reviews.model import Decision
from tests.factories.catalog import submission_facts
from tests.factories.inventory import context
from tests.factories.offers import AT, offer

LATER = AT + timedelta(hours=1)


def rule(**given_facts):
    facts = {
        "code": "color_pink",
        "field": "attribute.color",
        "severity": Severity.ERROR,
        "where_sql": f"{attribute_sql(name='color')} = 'pink'",
        "message_sql": fixed_message_sql(text="Pink is not for sale."),
    }
    return TableRule(**(facts | given_facts))


def codes(submission):
    return [one.code for one in submission.issues]


async def test_a_submission_is_refused_by_a_rule_over_tables(marketplace):
    marketplace.rules = (rule(),)
    pink, blue = await marketplace.submit(
        submission_facts(attributes={"color": "pink"}),
        submission_facts(supplier_sku="MUG-2", gtin=None, attributes={"color": "blue"}),
    )
    assert (pink.verdict, "color_pink" in codes(pink)) == (Verdict.REJECTED, True)
    assert (blue.verdict, "color_pink" in codes(blue)) == (Verdict.ACCEPTED, False)


async def test_rules_see_what_was_mended(marketplace):
    marketplace.rules = (rule(where_sql="condition = 'new' AND title = 'Mug'"),)
    (submission,) = await marketplace.submit(submission_facts(title="  Mug ", condition="Brand new"))
    assert submission.verdict is Verdict.REJECTED
    assert submission.corrections


async def test_what_a_rule_doubts_waits_for_a_person_whose_word_holds(marketplace):
    marketplace.rules = (rule(severity=Severity.WARNING, doubtful=True),)
    (doubted,) = await marketplace.submit(submission_facts(attributes={"color": "pink"}))
    assert doubted.state is SubmissionState.IN_REVIEW
    assert [request["causes"] for request in marketplace.queue.requests] == [["color_pink"]]
    resolved = ReviewResolved(
        task_id="tsk_1",
        subject_kind="product_submission",
        subject_id=doubted.submission_id,
        occasion=doubted.submission_id,
        decision=Decision.APPROVED,
        corrections={},
        reason="looked at it",
        by="operator:ada",
    )
    await marketplace.registration.conclude_review(resolved=resolved, context=context(at=LATER))
    found = await marketplace.catalog.submission(scope=None, submission_id=doubted.submission_id)
    assert found.record.state is SubmissionState.ACCEPTED


async def test_a_number_that_no_engine_holds_is_rejected_and_stops_nobody(marketplace):
    marketplace.rules = (rule(),)
    huge, sound = await marketplace.submit(
        submission_facts(price_minor=10**30), submission_facts(supplier_sku="MUG-2", gtin=None)
    )
    assert (huge.verdict, sound.verdict) == (Verdict.REJECTED, Verdict.ACCEPTED)


async def test_a_price_far_from_those_of_others_waits_for_a_person(marketplace):
    for place in range(2):
        await marketplace.submit(submission_facts(price_minor=1_300 + place), supplier_id=f"sup_{place}")
    usual, far = [
        (await marketplace.submit(submission_facts(price_minor=price), supplier_id=f"sup_{price}", at=LATER))[0]
        for price in (2_000, 14_000)
    ]
    assert IssueCode.PRICE_UNUSUAL not in codes(usual)
    assert (far.state, IssueCode.PRICE_UNUSUAL in codes(far)) == (SubmissionState.IN_REVIEW, True)


POLICY = CatalogPolicy(price_unusual_factor=10, price_unusual_offers=2)


def others(*prices, **given_facts):
    return [offer(supplier_id=f"sup_{place}", price_minor=price, **given_facts) for place, price in enumerate(prices)]


@given(st.lists(st.integers(1, 10**6), min_size=2, max_size=7), st.integers(1, 10**8))
def test_a_price_is_unusual_exactly_if_it_is_far_from_the_median(prices, price):
    found = unusual_price(
        facts=submission_facts(price_minor=price), supplier_id="sup_own", offers=others(*prices), policy=POLICY
    )
    usual = sorted(prices)[(len(prices) - 1) // 2]
    assert (found is not None) is (price >= usual * 10 or price * 10 <= usual)


@pytest.mark.parametrize(
    "offers",
    [
        others(100),
        others(100, 100, currency="USD"),
        others(100, 100, state=OfferState.PAUSED),
        [offer(supplier_id="sup_own", price_minor=100)] * 3,
    ],
)
def test_only_like_offers_of_enough_others_are_compared(offers):
    facts = submission_facts(price_minor=10_000)
    assert unusual_price(facts=facts, supplier_id="sup_own", offers=offers, policy=POLICY) is None
