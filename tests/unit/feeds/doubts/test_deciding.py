from __future__ import annotations

from datetime import timedelta

import pytest

from openaisle.catalog.issues import CorrectionRule, IssueCode
from openaisle.catalog.repository import PRODUCTS
from openaisle.feeds.doubts.model import GroupCorrectionUnfit, GroupState, require_group_corrections
from openaisle.feeds.model import FeedState
from openaisle.offers.model import offer_identifier
from openaisle.offers.repository import OFFERS, offer_key
from openaisle.reviews.events import ReviewResolved
from openaisle.reviews.model import Decision
from tests.factories.inventory import context
from tests.factories.offers import AT

HEADER = "supplier_sku,title,price_minor,currency,on_hand,category,brand\n"
LATER = AT + timedelta(days=1)
MUCH_LATER = AT + timedelta(days=2)


def branded(count, *, brand="@Bosch", price_minor=1000):
    return "".join(f"B-{n},Drill number {n},{price_minor},EUR,5,tools,{brand}\n" for n in range(count))


def discounted(count):
    return "".join(f"D-{n},-20 % Mug {n},1000,EUR,5,mugs,\n" for n in range(count))


async def groups_of(marketplace, feed):
    return (await marketplace.review_groups.of_feed(scope=None, feed_id=feed.feed_id)).review_groups


async def decided(marketplace, group, decision=Decision.APPROVED, *, at=LATER, **corrections):
    """Let a person decide about a group, and everything follow; return the group."""
    event = ReviewResolved(
        task_id=group.task_id,
        subject_kind="product_rows",
        subject_id=group.group_id,
        occasion=group.group_id,
        decision=decision,
        corrections=corrections,
        reason="That is their brand.",
        by="operator:anna",
    )
    await marketplace.decisions.decide(resolved=event, context=context(at=at))
    await marketplace.pump()
    return await marketplace.review_groups.group(scope=None, group_id=group.group_id)


async def offer_of(marketplace, sku):
    key = offer_key(offer_id=offer_identifier(supplier_id="sup_bergmann", supplier_sku=sku))
    item = await marketplace.table.get(key=key)
    return OFFERS.record(item.body) if item is not None else None


async def product_of(marketplace, sku):
    offer = await offer_of(marketplace, sku)
    items = await marketplace.catalog_items()
    found = [PRODUCTS.record(body) for kind, body in items.values() if kind == "product"]
    return next(one for one in found if one.product_id == offer.product_id)


async def test_rows_in_doubt_for_one_cause_are_one_group_and_one_task(marketplace):
    feed = await marketplace.feed(HEADER + branded(130) + discounted(40) + "F-1,Fine mug,1000,EUR,5,mugs,\n")
    assert (feed.counts.in_review, feed.counts.accepted) == (170, 1)
    brand, title = await groups_of(marketplace, feed)
    assert (brand.rows, brand.causes, brand.doubts[0].field, brand.doubts[0].pattern) == (
        130, ("formula_cell",), "brand", "@Bosch",
    )  # fmt: skip
    assert (title.rows, title.doubts[0].field, title.doubts[0].pattern) == (40, "title", "-*")
    assert marketplace.queue.task_ids == {brand.task_id, title.task_id}
    assert [one.supplier_sku for one in brand.samples][:2] == ["B-0", "B-1"]


async def test_one_decision_accepts_all_rows_of_the_group_and_counts_them_in_the_feed(marketplace):
    feed = await marketplace.feed(HEADER + branded(130) + discounted(40))
    brand, _ = await groups_of(marketplace, feed)
    settled = await decided(marketplace, brand)
    assert (settled.state, settled.rows_done, settled.counts.accepted) == (GroupState.SETTLED, 130, 130)
    feed = await marketplace.feed_of(feed.feed_id)
    assert (feed.counts.accepted, feed.counts.in_review, feed.counts.rows) == (130, 40, 170)
    assert (await offer_of(marketplace, "B-129")).price_minor == 1000
    assert await offer_of(marketplace, "D-0") is None
    verdicts = list((await marketplace.rows(feed.feed_id)).values())
    assert (verdicts.count("accepted"), verdicts.count("in_review")) == (130, 40)


async def test_a_correction_mends_all_rows_and_says_who_made_it(marketplace):
    feed = await marketplace.feed(HEADER + branded(70))
    (group,) = await groups_of(marketplace, feed)
    settled = await decided(marketplace, group, Decision.CORRECTED, brand="Bosch")
    assert settled.counts.corrected == 70
    assert (await product_of(marketplace, "B-3")).brand == "Bosch"
    issues, corrections = await marketplace.issues(feed.feed_id)
    assert IssueCode.FORMULA_CELL not in {one.code for one in issues}
    made = [one for one in corrections if one.rule is CorrectionRule.REVIEWER]
    assert len(made) == 70
    assert (made[0].before, made[0].after, made[0].who) == ("@Bosch", "Bosch", "operator:anna")


async def test_what_a_person_approved_is_not_doubted_again(marketplace):
    feed = await marketplace.feed(HEADER + branded(40))
    await decided(marketplace, (await groups_of(marketplace, feed))[0])
    again = await marketplace.feed(HEADER + branded(40), at=MUCH_LATER)
    assert (again.counts.unchanged, again.counts.in_review, again.review_groups) == (40, 0, ())


async def test_what_a_person_refused_is_refused_again_without_asking(marketplace):
    feed = await marketplace.feed(HEADER + branded(40))
    settled = await decided(marketplace, (await groups_of(marketplace, feed))[0], Decision.REJECTED)
    assert (settled.state, settled.counts.rejected) == (GroupState.SETTLED, 40)
    issues, _ = await marketplace.issues(feed.feed_id)
    assert sum(one.code == IssueCode.REJECTED_BY_REVIEWER for one in issues) == 40
    again = await marketplace.feed(HEADER + branded(40), at=MUCH_LATER)
    assert (again.counts.rejected, again.counts.in_review, again.review_groups) == (40, 0, ())
    assert len(marketplace.queue.task_ids) == 1


async def test_the_next_feed_joins_the_group_that_still_waits(marketplace):
    first = await marketplace.feed(HEADER + branded(40))
    second = await marketplace.feed(HEADER + branded(40, price_minor=1100), at=LATER)
    assert first.review_groups == second.review_groups
    assert len(marketplace.queue.task_ids) == 1
    (group,) = await groups_of(marketplace, second)
    await decided(marketplace, group, at=MUCH_LATER)
    assert (await offer_of(marketplace, "B-7")).price_minor == 1100
    assert (await marketplace.feed_of(second.feed_id)).counts.accepted == 40
    assert (await marketplace.feed_of(first.feed_id)).counts.unchanged == 40


async def test_a_decision_that_is_told_twice_or_breaks_off_loses_and_doubles_nothing(marketplace, monkeypatch):
    feed = await marketplace.feed(HEADER + branded(100))
    (group,) = await groups_of(marketplace, feed)
    commit, calls = marketplace.table.commit, 0

    async def killed(*, writes, context):
        nonlocal calls
        calls += 1
        await commit(writes=writes, context=context)
        if calls % 3 == 0:
            raise ConnectionError

    monkeypatch.setattr(marketplace.table, "commit", killed)
    for _ in range(40):
        try:
            settled = await decided(marketplace, group)
        except (ConnectionError, ExceptionGroup):
            continue
        if settled.state is GroupState.SETTLED:
            break
    assert (settled.counts.rows, settled.counts.accepted, settled.counts.unchanged) == (100, 100, 0)
    counts = (await marketplace.feed_of(feed.feed_id)).counts
    assert (counts.rows, counts.accepted, counts.in_review, counts.new) == (100, 100, 0, 100)


async def test_taking_the_feed_back_takes_back_what_was_decided(marketplace):
    feed = await marketplace.feed(HEADER + branded(50))
    await decided(marketplace, (await groups_of(marketplace, feed))[0])
    await marketplace.feeds.roll_back(scope=None, feed_id=feed.feed_id, context=context(at=MUCH_LATER))
    await marketplace.pump()
    feed = await marketplace.feed_of(feed.feed_id)
    assert (feed.state, feed.kept) == (FeedState.ROLLED_BACK, 0)
    assert await offer_of(marketplace, "B-0") is None


async def test_doubtful_rows_of_a_feed_that_was_taken_back_are_passed_over(marketplace):
    feed = await marketplace.feed(HEADER + branded(50))
    (group,) = await groups_of(marketplace, feed)
    await marketplace.feeds.roll_back(scope=None, feed_id=feed.feed_id, context=context(at=LATER))
    await marketplace.pump()
    settled = await decided(marketplace, group, at=MUCH_LATER)
    assert (settled.state, settled.counts.in_review) == (GroupState.SETTLED, 50)
    assert await offer_of(marketplace, "B-0") is None


@pytest.mark.parametrize(
    "corrections", [{"price_minor": 5}, {"gtin": "04006381333931"}, {"title": None}, {"brand": 7}, {"attribute.": "x"}]
)
def test_what_differs_from_row_to_row_is_not_corrected_for_all(corrections):
    with pytest.raises(GroupCorrectionUnfit):
        require_group_corrections(corrections)
