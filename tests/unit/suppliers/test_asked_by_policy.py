"""What the policy asks of the supplier itself, and of whom a check is asked at all."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from openaisle.suppliers.model import SupplierState
from openaisle.suppliers.verification import STANDARD_POLICY, Action, CheckRule, Verdict
from tests.factories.suppliers import make_application
from tests.support.supplier_stage import SupplierStage, supplier_stage_in

ASKING = CheckRule(on_fail=Action.ASK, on_inconclusive=Action.NOTE)
NOT_HERE = CheckRule(on_fail=Action.REJECT, on_inconclusive=Action.REJECT, countries=("US",))
POLICY = msgspec.structs.replace(
    STANDARD_POLICY,
    version="asking-1",
    rules={**STANDARD_POLICY.rules, "phone": ASKING, "website": NOT_HERE},
)


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[SupplierStage]:
    async with supplier_stage_in(tmp_path, policy=POLICY) as stage:
        yield stage


async def test_a_supplier_is_asked_with_a_day_to_answer_by_and_nobody_reviews(stage: SupplierStage) -> None:
    supplier = await stage.verified(make_application(phone="+55 11 1"))
    assert supplier.state is SupplierState.IN_REVIEW
    assert supplier.verifications[0].verdict is Verdict.ASKED
    assert "Please answer by 20" in (supplier.questions or "")
    assert await stage.open_tasks() == []


async def test_who_does_not_answer_the_policy_in_time_is_overdue_like_one_that_a_reviewer_asked(
    stage: SupplierStage,
) -> None:
    supplier = await stage.verified(make_application(phone="+55 11 1"))
    days = POLICY.deadlines.supplier_answers_days
    assert supplier.answer_by is not None
    assert str(supplier.answer_by.date()) in (supplier.questions or "")

    async def overdue() -> int:
        audit = (await stage.view(supplier.supplier_id)).audit
        return [entry.action for entry in audit].count("answer_overdue")

    await stage.days_pass(days - 1)
    assert await overdue() == 0
    await stage.days_pass(1)
    assert await overdue() == 1


async def test_its_answer_runs_through_the_same_checks(stage: SupplierStage) -> None:
    supplier = await stage.verified(make_application(phone="+55 11 1"))
    await stage.suppliers.amend(
        supplier_id=supplier.supplier_id, changes={"phone": "+5511961234567"}, context=stage.operator()
    )
    await stage.settle()
    supplier = await stage.view(supplier.supplier_id)
    assert (supplier.state, supplier.questions) == (SupplierState.ACTIVE, None)


async def test_a_check_that_is_not_asked_of_this_country_has_no_result(stage: SupplierStage) -> None:
    supplier = await stage.verified(make_application(website="http://10.0.0.1/"))
    assert supplier.state is SupplierState.ACTIVE
    assert "website" not in {one.check for one in supplier.verifications[0].checks}


async def test_each_verdict_names_the_policy_and_its_digest(stage: SupplierStage) -> None:
    verdict = (await stage.verified(make_application())).verifications[0]
    assert (verdict.policy_version, verdict.policy_digest) == ("asking-1", POLICY.digest)
    assert verdict.policy_digest != STANDARD_POLICY.digest
