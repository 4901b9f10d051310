"""The verification from application to verdict, on a real store."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import ClassVar

import pytest

from openaisle.kernel.table import Key
from openaisle.kernel.workflow import definition_problems
from openaisle.reviews.model import Decision, ReviewState
from openaisle.suppliers.checks.check import CheckContext
from openaisle.suppliers.facts import FactInvalid, FactUnknown, SupplierFacts
from openaisle.suppliers.model import SupplierState
from openaisle.suppliers.verification import CheckResult, Outcome, Verdict
from tests.factories.suppliers import CNPJ, OTHER_CNPJ, make_address, make_application
from tests.support.supplier_stage import SupplierStage, supplier_stage_in


async def test_a_clean_applicant_becomes_active_and_nothing_is_corrected(stage: SupplierStage) -> None:
    supplier = await stage.verified(make_application())
    assert supplier.state is SupplierState.ACTIVE
    assert supplier.corrections == ()
    found = {check.check: check.outcome for check in supplier.verifications[0].checks}
    # No list is loaded, no account is stated and nobody has opened a link; all are worth knowing and stop nobody.
    unsure = {name for name, outcome in found.items() if outcome is not Outcome.PASS}
    assert unsure == {"bank_account", "mailbox", "sanctions"}
    assert supplier.verifications[0].policy_version == "standard-3"


async def test_the_whole_verification_is_two_commits_after_the_application(stage: SupplierStage) -> None:
    supplier_id = await stage.applied(make_application())
    await stage.settle()
    item = await stage.table.get(key=Key(f"SUPPLIER#{supplier_id}", "SUPPLIER"))
    assert item is not None
    assert item.version == 3


async def test_what_is_certain_is_mended_with_its_provenance(stage: SupplierStage) -> None:
    supplier = await stage.verified(
        make_application(
            country="Brasil",
            registration_number="11.222.333/0001-81",
            phone="(11) 96123-4567",
            website="www.FloresDoSul.com.br",
            address=make_address(city="sao paulo - sp", postal_code="4195", region="sp"),
        )
    )
    assert supplier.state is SupplierState.ACTIVE
    assert supplier.country == "BR"
    assert supplier.registration_number == CNPJ
    assert supplier.phone == "+5511961234567"
    assert supplier.website == "https://www.floresdosul.com.br"
    assert (supplier.address.city, supplier.address.postal_code, supplier.address.region) == (
        "sao paulo",
        "04195",
        "SP",
    )
    by_field = {correction.field: correction for correction in supplier.corrections}
    assert by_field["country"].before == "Brasil"
    assert by_field["country"].rule == "country.iso-code"
    assert by_field["country"].who == "system:supplier-verification"


async def test_a_wrong_registration_number_rejects_and_says_why(stage: SupplierStage) -> None:
    supplier = await stage.verified(make_application(registration_number="11222333000180"))
    assert supplier.state is SupplierState.REJECTED
    assert supplier.reason is not None
    assert "check digit" in supplier.reason
    assert await stage.open_tasks() == []


async def test_a_doubtful_applicant_waits_for_a_person_with_findings_and_proposals(stage: SupplierStage) -> None:
    supplier = await stage.verified(make_application(address=make_address(city="sbc")))
    (task,) = await stage.open_tasks()
    assert supplier.state is SupplierState.IN_REVIEW
    assert supplier.review_task_id == task.task_id
    assert task.subject_id == supplier.supplier_id
    assert task.causes == ("city-abbreviated",)
    assert task.findings[0].field == "address.city"
    assert task.proposals[0].after == "sao bernardo do campo"


async def test_a_persons_correction_runs_through_the_same_checks(stage: SupplierStage) -> None:
    supplier = await stage.verified(make_application(address=make_address(city="4482255")))
    await stage.decided(
        task_id=supplier.review_task_id or "",
        decision=Decision.CORRECTED,
        corrections={"address.city": "campinas / sp"},
    )
    after = await stage.view(supplier.supplier_id)
    assert after.state is SupplierState.ACTIVE
    assert after.address.city == "campinas"
    assert [one.verdict for one in after.verifications] == [Verdict.ACTIVE, Verdict.IN_REVIEW]
    assert {(one.rule, one.who) for one in after.corrections} == {
        ("brazil.city-name", "system:supplier-verification"),
        ("review", "operator:anna"),
    }


async def test_a_correction_that_does_not_help_comes_back_to_a_person(stage: SupplierStage) -> None:
    supplier = await stage.verified(make_application(address=make_address(city="4482255")))
    await stage.decided(
        task_id=supplier.review_task_id or "", decision=Decision.CORRECTED, corrections={"address.city": "99"}
    )
    after = await stage.view(supplier.supplier_id)
    assert after.state is SupplierState.IN_REVIEW
    assert after.review_task_id != supplier.review_task_id
    assert [task.task_id for task in await stage.open_tasks()] == [after.review_task_id]


async def test_an_approval_makes_active_and_keeps_its_reason(stage: SupplierStage) -> None:
    supplier = await stage.verified(make_application(address=make_address(city="4482255")))
    await stage.decided(task_id=supplier.review_task_id or "", decision=Decision.APPROVED)
    after = await stage.view(supplier.supplier_id)
    assert after.state is SupplierState.ACTIVE
    approved = next(entry for entry in after.audit if entry.action == "approved")
    assert approved.reason == "I have looked it up."
    assert approved.actor == "operator:anna"


async def test_a_persons_rejection_ends_it(stage: SupplierStage) -> None:
    supplier = await stage.verified(make_application(address=make_address(city="4482255")))
    await stage.decided(task_id=supplier.review_task_id or "", decision=Decision.REJECTED)
    after = await stage.view(supplier.supplier_id)
    assert after.state is SupplierState.REJECTED
    assert after.reason == "I have looked it up."


async def test_a_supplier_that_is_asked_answers_by_amending_and_is_verified_again(stage: SupplierStage) -> None:
    supplier = await stage.verified(make_application(address=make_address(city="4482255")))
    await stage.decided(task_id=supplier.review_task_id or "", decision=Decision.SENT_BACK)
    asked = await stage.view(supplier.supplier_id)
    assert asked.state is SupplierState.IN_REVIEW
    assert asked.questions == "I have looked it up."
    await stage.suppliers.amend(
        supplier_id=supplier.supplier_id, changes={"address.city": "campinas"}, context=stage.operator()
    )
    await stage.settle()
    after = await stage.view(supplier.supplier_id)
    assert after.state is SupplierState.ACTIVE
    assert after.questions is None


async def test_a_supplier_that_amends_during_a_review_withdraws_its_task(stage: SupplierStage) -> None:
    supplier = await stage.verified(make_application(address=make_address(city="4482255")))
    await stage.suppliers.amend(
        supplier_id=supplier.supplier_id, changes={"address.city": "campinas"}, context=stage.operator()
    )
    await stage.settle()
    assert (await stage.view(supplier.supplier_id)).state is SupplierState.ACTIVE
    task = await stage.review_queries.task(task_id=supplier.review_task_id or "", at=stage.clock.now())
    assert task.state is ReviewState.RESOLVED
    assert task.resolution is not None
    assert task.resolution.decision is Decision.WITHDRAWN


async def test_an_application_amended_before_its_verification_is_verified_as_amended(stage: SupplierStage) -> None:
    supplier_id = await stage.applied(make_application(registration_number="11222333000180"))
    await stage.suppliers.amend(
        supplier_id=supplier_id, changes={"registration_number": CNPJ}, context=stage.operator()
    )
    await stage.settle()
    after = await stage.view(supplier_id)
    assert after.state is SupplierState.ACTIVE
    assert [one.revision for one in after.verifications] == [2]


async def test_the_second_with_a_number_waits_for_a_person_and_does_not_learn_whose_it_is(
    stage: SupplierStage,
) -> None:
    first = await stage.verified(make_application())
    second = await stage.verified(make_application(tax_id=None, legal_name="Another Ltda"))
    assert first.state is SupplierState.ACTIVE
    assert second.state is SupplierState.IN_REVIEW
    (task,) = await stage.open_tasks()
    assert task.causes == ("registration-number-held-by-another",)
    duplicate = next(check for check in second.verifications[0].checks if check.check == "duplicate")
    assert duplicate.evidence == {"registration_number": first.supplier_id}


async def test_two_with_the_same_number_verified_at_once_do_not_both_become_active(stage: SupplierStage) -> None:
    for name in ("One Ltda", "Two Ltda", "Three Ltda"):
        await stage.applied(make_application(legal_name=name))
    await stage.settle()
    counts = await stage.queries.counts()
    assert counts[SupplierState.ACTIVE] == 1
    assert counts[SupplierState.IN_REVIEW] == 2


async def test_the_same_tax_id_in_another_writing_is_found(stage: SupplierStage) -> None:
    await stage.verified(make_application())
    second = await stage.verified(
        make_application(registration_number=OTHER_CNPJ, tax_id="11.222.333/0001-81", legal_name="Another Ltda")
    )
    assert second.state is SupplierState.IN_REVIEW
    assert [task.causes for task in await stage.open_tasks()] == [("tax-id-held-by-another",)]


async def test_a_rejected_supplier_holds_no_number(stage: SupplierStage) -> None:
    doubtful = await stage.verified(make_application(address=make_address(city="4482255")))
    await stage.decided(task_id=doubtful.review_task_id or "", decision=Decision.REJECTED)
    assert (await stage.verified(make_application())).state is SupplierState.ACTIVE


async def test_pipes_that_meet_everything_again_change_nothing(stage: SupplierStage) -> None:
    supplier = await stage.verified(make_application(address=make_address(city="4482255")))
    other = await stage.verified(make_application(registration_number=OTHER_CNPJ, tax_id=None))
    stage.start_over()
    await stage.settle()
    assert await stage.view(supplier.supplier_id) == supplier
    assert await stage.view(other.supplier_id) == other
    assert len(await stage.open_tasks()) == 1


async def test_a_decision_that_is_delivered_again_is_acted_on_once(stage: SupplierStage) -> None:
    supplier = await stage.verified(make_application(address=make_address(city="4482255")))
    await stage.decided(
        task_id=supplier.review_task_id or "", decision=Decision.CORRECTED, corrections={"address.city": "77"}
    )
    before = await stage.view(supplier.supplier_id)
    stage.start_over()
    await stage.settle()
    assert await stage.view(supplier.supplier_id) == before


async def test_senseless_corrections_are_refused_while_the_reviewer_still_sees_them(stage: SupplierStage) -> None:
    supplier = await stage.verified(make_application(address=make_address(city="4482255")))
    task_id = supplier.review_task_id or ""
    with pytest.raises(FactUnknown):
        await stage.decided(task_id=task_id, decision=Decision.CORRECTED, corrections={"city": "campinas"})
    with pytest.raises(FactInvalid):
        await stage.decided(task_id=task_id, decision=Decision.CORRECTED, corrections={"address.city": None})
    with pytest.raises(FactInvalid):
        await stage.decided(task_id=task_id, decision=Decision.CORRECTED, corrections={"address.city": 7})


class FakeRaisingCheck:
    name: ClassVar[str] = "raising"
    timeout_seconds: ClassVar[float] = 5.0

    async def examine(self, *, facts: SupplierFacts, context: CheckContext) -> CheckResult:
        message = "the register is down"
        raise ConnectionError(message)


class FakeHangingCheck:
    name: ClassVar[str] = "hanging"
    timeout_seconds: ClassVar[float] = 0.01

    async def examine(self, *, facts: SupplierFacts, context: CheckContext) -> CheckResult:
        await asyncio.Event().wait()
        raise AssertionError


async def test_a_check_that_raises_or_hangs_is_inconclusive_and_a_person_decides(tmp_path: Path) -> None:
    async with supplier_stage_in(tmp_path, extra_checks=[FakeRaisingCheck(), FakeHangingCheck()]) as stage:
        supplier = await stage.verified(make_application())
    assert supplier.state is SupplierState.IN_REVIEW
    raising, hanging = supplier.verifications[0].checks[-2:]
    assert raising.outcome is hanging.outcome is Outcome.INCONCLUSIVE
    assert raising.evidence["cause"] == "the register is down"
    assert hanging.evidence["error"] == "States.Timeout"


async def test_the_workflow_is_sound_and_its_executions_are_visible(stage: SupplierStage) -> None:
    assert definition_problems(workflow=stage.workflow, handlers=stage.verifier.handlers()) == ()
    supplier = await stage.verified(make_application())
    page = await stage.log.of_subject(subject=supplier.supplier_id)
    assert [execution.workflow for execution in page.executions] == ["supplier_verification"]


async def test_a_tax_id_is_nowhere_in_clear(stage: SupplierStage, tmp_path: Path) -> None:
    tax_id = "52998224725"
    supplier = await stage.verified(make_application(tax_id="529.982.247-25"))
    assert supplier.state is SupplierState.ACTIVE
    assert supplier.tax_id == "*******4725"
    stored = b"".join(path.read_bytes() for path in tmp_path.iterdir() if path.is_file())  # noqa: ASYNC240
    assert tax_id.encode() not in stored
    assert b"529.982.247-25" not in stored
