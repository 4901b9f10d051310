from __future__ import annotations

from datetime import timedelta

import pytest

from openaisle.catalog.issues import CorrectionRule, IssueCode
from openaisle.catalog.model import ProductState, SubmissionState, Verdict
from openaisle.inventory.model import NotSellableReason
from openaisle.inventory.movements import reserve
from openaisle.kernel.context import Role
from openaisle.offers.model import OfferState
from openaisle.reviews.events import ReviewResolved
from openaisle.reviews.model import Decision
from tests.factories.catalog import submission_facts
from tests.factories.inventory import context
from tests.factories.offers import AT

LATER = AT + timedelta(hours=1)


def codes(submission):
    return [one.code for one in submission.issues]


def resolved(submission, decision, **given):
    facts = {"corrections": {}, "reason": "looked at it", "by": "operator:ada"}
    return ReviewResolved(
        task_id="tsk_1",
        subject_kind="product_submission",
        subject_id=submission.submission_id,
        occasion=submission.submission_id,
        decision=decision,
        **(facts | given),
    )


async def reread(marketplace, submission):
    found = await marketplace.catalog.submission(scope=None, submission_id=submission.submission_id)
    return found.record


async def test_an_accepted_submission_makes_a_product_that_can_be_sold(marketplace):
    (submission,) = await marketplace.submit(submission_facts())
    assert submission.state is SubmissionState.ACCEPTED
    assert submission.verdict is Verdict.ACCEPTED
    found = await marketplace.inventory.product_with_offers(product_id=submission.product_id, at=AT)
    assert found.product is not None
    (sold,) = found.offers
    assert sold.sellable
    assert (sold.offer.price_minor, sold.available) == (1299, 10)


async def test_a_second_supplier_joins_the_product_and_does_not_overwrite_its_title(marketplace):
    (first,) = await marketplace.submit(submission_facts())
    (second,) = await marketplace.submit(submission_facts(title="Blue mug"), supplier_id="sup_other")
    assert second.product_id == first.product_id
    assert second.offer_id != first.offer_id
    assert codes(second) == [IssueCode.TITLE_DIFFERS]
    product = (await marketplace.catalog.product(product_id=first.product_id)).record
    assert product.title == "Stoneware mug, blue"


async def test_two_suppliers_in_one_batch_make_one_product(marketplace):
    submissions = [
        (await marketplace.use_cases.submit(scope=scope, table=[submission_facts()], context=context()))[0]
        for scope in (scope_of("sup_one"), scope_of("sup_two"))
    ]
    await marketplace.pump()
    products = {(await reread(marketplace, one)).product_id for one in submissions}
    assert len(products) == 1


def scope_of(supplier_id):
    from openaisle.kernel.context import SupplierScope

    return SupplierScope(supplier_id=supplier_id)


async def test_the_maker_of_a_product_may_change_its_facts(marketplace):
    (first,) = await marketplace.submit(submission_facts())
    await marketplace.submit(submission_facts(title="Stoneware mug, navy"), at=LATER)
    product = (await marketplace.catalog.product(product_id=first.product_id)).record
    assert product.title == "Stoneware mug, navy"
    assert product.created_at == AT


async def test_an_unchanged_submission_writes_neither_product_nor_offer_nor_stock(marketplace):
    (first,) = await marketplace.submit(submission_facts())
    (second,) = await marketplace.submit(submission_facts(), at=LATER)
    assert second.verdict is Verdict.UNCHANGED
    (sold,) = await marketplace.inventory.offers_of_product(product_id=first.product_id, at=LATER)
    assert sold.offer.changed_at == AT


async def test_the_last_of_two_submissions_of_one_sku_in_one_batch_wins(marketplace):
    first, second = await marketplace.submit(submission_facts(), submission_facts(price_minor=1399))
    assert {first.verdict, second.verdict} == {Verdict.ACCEPTED}
    (sold,) = await marketplace.inventory.offers_of_product(product_id=first.product_id, at=AT)
    assert sold.offer.price_minor == 1399


async def test_a_rejected_submission_says_why_and_makes_nothing(marketplace):
    (submission,) = await marketplace.submit(submission_facts(gtin="4006381333932", price_minor=0))
    assert submission.state is SubmissionState.REJECTED
    assert set(codes(submission)) == {IssueCode.GTIN_INVALID, IssueCode.PRICE_NOT_POSITIVE}
    assert (await marketplace.catalog.list_products(after=None, limit=10)).products == []


async def test_a_correction_keeps_what_stood_there_before(marketplace):
    (submission,) = await marketplace.submit(submission_facts(title="  Mug &amp; saucer ", condition="Brand new"))
    assert submission.verdict is Verdict.CORRECTED
    assert submission.facts.title == "Mug & saucer"
    assert [(one.before, one.rule) for one in submission.corrections] == [
        ("  Mug &amp; saucer ", CorrectionRule.MARKUP_REMOVED),
        ("  Mug & saucer ", CorrectionRule.WHITE_SPACE_TIDIED),
        ("Brand new", CorrectionRule.CONDITION_SYNONYM),
    ]


async def test_a_doubtful_price_waits_for_a_person_who_approves_it(marketplace):
    (first,) = await marketplace.submit(submission_facts())
    (doubted,) = await marketplace.submit(submission_facts(price_minor=129900), at=LATER)
    assert doubted.state is SubmissionState.IN_REVIEW
    assert [request["causes"] for request in marketplace.queue.requests] == [["price_jumped"]]
    at = LATER + timedelta(hours=1)
    approved = resolved(doubted, Decision.APPROVED)
    for _ in range(2):
        await marketplace.registration.conclude_review(resolved=approved, context=context(at=at))
    assert (await reread(marketplace, doubted)).state is SubmissionState.ACCEPTED
    (sold,) = await marketplace.inventory.offers_of_product(product_id=first.product_id, at=at)
    assert sold.offer.price_minor == 129900


async def test_a_person_corrects_a_doubtful_submission(marketplace):
    (doubted,) = await marketplace.submit(submission_facts(title="Mu"))
    corrected = resolved(doubted, Decision.CORRECTED, corrections={"title": "Mug, blue", "price_minor": 1500})
    await marketplace.registration.conclude_review(resolved=corrected, context=context(at=LATER))
    submission = await reread(marketplace, doubted)
    assert submission.verdict is Verdict.CORRECTED
    assert (submission.facts.title, submission.facts.price_minor) == ("Mug, blue", 1500)
    assert {one.who for one in submission.corrections} == {"operator:ada"}
    # What the supplier keeps sending is not doubted again, and what the person said stays.
    (again,) = await marketplace.submit(submission_facts(title="Mu", on_hand=3), at=LATER + timedelta(hours=1))
    assert again.state is SubmissionState.ACCEPTED
    product = (await marketplace.catalog.product(product_id=submission.product_id)).record
    assert product.title == "Mug, blue"


async def test_a_correction_that_does_not_fit_rejects_the_submission(marketplace):
    (doubted,) = await marketplace.submit(submission_facts(title="Mu"))
    corrected = resolved(doubted, Decision.CORRECTED, corrections={"price_minor": "cheap", "colour": "blue"})
    await marketplace.registration.conclude_review(resolved=corrected, context=context(at=LATER))
    assert (await reread(marketplace, doubted)).state is SubmissionState.REJECTED


async def test_a_person_rejects_a_doubtful_submission(marketplace):
    (doubted,) = await marketplace.submit(submission_facts(title="Mu"))
    await marketplace.registration.conclude_review(
        resolved=resolved(doubted, Decision.REJECTED), context=context(at=LATER)
    )
    submission = await reread(marketplace, doubted)
    assert submission.state is SubmissionState.REJECTED
    assert codes(submission)[-1] == IssueCode.REJECTED_BY_REVIEWER


async def test_an_approval_that_comes_too_late_does_not_overwrite_what_is_newer(marketplace):
    (doubted,) = await marketplace.submit(submission_facts(title="Mu"))
    (newer,) = await marketplace.submit(submission_facts(price_minor=1499), at=LATER)
    at = LATER + timedelta(hours=1)
    await marketplace.registration.conclude_review(
        resolved=resolved(doubted, Decision.APPROVED), context=context(at=at)
    )
    late = await reread(marketplace, doubted)
    assert late.state is SubmissionState.REJECTED
    assert IssueCode.SUBMISSION_SUPERSEDED in codes(late)
    (sold,) = await marketplace.inventory.offers_of_product(product_id=newer.product_id, at=at)
    assert sold.offer.price_minor == 1499


async def test_validating_twice_asks_for_the_same_review_and_changes_nothing(marketplace):
    submissions = await marketplace.submit(submission_facts(), submission_facts(supplier_sku="B", title="Mu"))
    identifiers = [one.submission_id for one in submissions]
    in_review = await marketplace.registration.validate_submissions(submission_ids=identifiers, context=context())
    assert in_review == [submissions[1].submission_id]
    assert [await reread(marketplace, one) for one in submissions] == submissions
    assert len(marketplace.queue.task_ids) == 1


async def test_a_quantity_below_what_is_reserved_is_told(marketplace):
    (first,) = await marketplace.submit(submission_facts())
    write = reserve(offer_id=first.offer_id, location="default", quantity=4)
    await marketplace.table.commit(writes=[write], context=context())
    (second,) = await marketplace.submit(submission_facts(on_hand=1), at=LATER)
    assert codes(second) == [IssueCode.ON_HAND_BELOW_RESERVED]
    (sold,) = await marketplace.inventory.offers_of_product(product_id=first.product_id, at=LATER)
    assert (sold.stock[0].on_hand, sold.stock[0].reserved, sold.available) == (4, 4, 0)


async def test_an_sku_that_gets_another_gtin_moves_to_another_product_with_all_its_stock(marketplace):
    (first,) = await marketplace.submit(submission_facts())
    await marketplace.submit(submission_facts(location="north", on_hand=4))
    (moved,) = await marketplace.submit(submission_facts(gtin="9780306406157"), at=LATER)
    assert codes(moved) == [IssueCode.PRODUCT_CHANGED]
    assert moved.product_id != first.product_id
    assert await marketplace.inventory.offers_of_product(product_id=first.product_id, at=LATER) == []
    (sold,) = await marketplace.inventory.offers_of_product(product_id=moved.product_id, at=LATER)
    assert sold.available == 14


async def test_a_withdrawn_product_makes_its_offers_unsellable_and_comes_back(marketplace):
    (submission,) = await marketplace.submit(submission_facts())
    operator = context(role=Role.OPERATOR, subject_id="ada")
    for state, reasons in (
        (ProductState.WITHDRAWN, (NotSellableReason.PRODUCT_NOT_ACTIVE,)),
        (ProductState.ACTIVE, ()),
    ):
        await marketplace.use_cases.set_product_state(product_id=submission.product_id, state=state, context=operator)
        await marketplace.pump()
        found = await marketplace.inventory.offers_with_stock(offer_ids=[submission.offer_id], at=AT)
        assert found[submission.offer_id].reasons == reasons


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        (OfferState.PAUSED, NotSellableReason.OFFER_PAUSED),
        (OfferState.WITHDRAWN, NotSellableReason.OFFER_WITHDRAWN),
    ],
)
async def test_an_offer_off_sale_stays_so_when_its_product_is_submitted_again(marketplace, state, reason):
    (submission,) = await marketplace.submit(submission_facts())
    await marketplace.offers.set_state(offer_id=submission.offer_id, state=state, context=context(at=LATER))
    await marketplace.submit(submission_facts(price_minor=1399), at=LATER)
    found = await marketplace.inventory.offers_with_stock(offer_ids=[submission.offer_id], at=LATER)
    assert found[submission.offer_id].reasons == (reason,)
    assert found[submission.offer_id].offer.price_minor == 1399


async def test_what_was_done_is_seen_as_executions(marketplace):
    await marketplace.submit(submission_facts(title="Mu"))
    (execution,) = marketplace.log.executions
    assert [step.name for step in execution.steps] == ["ValidateAndApply", "AnyDoubtful", "RequestReviews"]
