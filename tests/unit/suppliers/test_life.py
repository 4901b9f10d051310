"""What comes due in a supplier's life."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date, timedelta

import pytest

from openaisle.reviews.model import Decision
from openaisle.suppliers.documents import DocumentKept, Upload
from openaisle.suppliers.dossier import DocumentKind
from openaisle.suppliers.model import ImmediateGround, SupplierState, SupplierTransitionRefused
from tests.factories.suppliers import make_address, make_application
from tests.support.supplier_stage import SupplierStage

PDF = b"%PDF-1.7 a register extract"


async def in_pieces(content: bytes) -> AsyncIterator[bytes]:
    yield content


async def actions(stage: SupplierStage, supplier_id: str) -> list[str]:
    return [entry.action for entry in (await stage.view(supplier_id)).audit]


async def test_a_supplier_is_verified_again_every_year_and_sells_on(stage: SupplierStage) -> None:
    supplier_id = (await stage.verified(make_application())).supplier_id
    await stage.days_pass(364)
    assert "reverification_started" not in await actions(stage, supplier_id)
    await stage.days_pass(2)
    assert (await actions(stage, supplier_id)).count("reverification_started") == 1
    after = await stage.view(supplier_id)
    assert after.state is SupplierState.ACTIVE
    assert len(after.verifications) == 2
    await stage.days_pass(366)
    assert (await actions(stage, supplier_id)).count("reverification_started") == 2


async def test_verified_again_at_once_where_a_list_has_changed(stage: SupplierStage) -> None:
    supplier_id = (await stage.verified(make_application())).supplier_id
    waiting = (await stage.verified(make_application(address=make_address(city="4482255")))).supplier_id
    reason = "A list has changed."
    started = await stage.life.reverify(supplier_ids=[supplier_id, waiting], reason=reason, context=stage.operator())
    again = await stage.life.reverify(supplier_ids=[supplier_id], reason=reason, context=stage.operator())
    assert (started, again) == (1, 0)


async def test_notice_takes_thirty_days_and_the_supplier_sells_until_then(stage: SupplierStage) -> None:
    supplier_id = (await stage.verified(make_application())).supplier_id
    await stage.life.give_notice(
        supplier_id=supplier_id, reason="Too many returns.", immediate_ground=None, context=stage.operator()
    )
    await stage.days_pass(29)
    assert (await stage.view(supplier_id)).state is SupplierState.ACTIVE
    await stage.days_pass(1)
    assert (await stage.view(supplier_id)).state is SupplierState.OFFBOARDED
    # The number is free again.
    assert (await stage.verified(make_application())).state is SupplierState.ACTIVE


async def test_a_notice_that_is_withdrawn_ends_nothing(stage: SupplierStage) -> None:
    supplier_id = (await stage.verified(make_application())).supplier_id
    with pytest.raises(SupplierTransitionRefused):
        await stage.life.withdraw_notice(supplier_id=supplier_id, reason="Never mind.", context=stage.operator())
    await stage.life.give_notice(
        supplier_id=supplier_id, reason="Too many returns.", immediate_ground=None, context=stage.operator()
    )
    await stage.life.withdraw_notice(supplier_id=supplier_id, reason="It improved.", context=stage.operator())
    await stage.days_pass(40)
    assert (await stage.view(supplier_id)).state is SupplierState.ACTIVE


async def test_on_a_ground_of_the_law_it_ends_at_once_and_the_data_goes_when_its_time_is_over(
    stage: SupplierStage,
) -> None:
    supplier_id = (await stage.verified(make_application())).supplier_id
    await stage.life.give_notice(
        supplier_id=supplier_id,
        reason="It asked for it.",
        immediate_ground=ImmediateGround.SUPPLIER_REQUEST,
        context=stage.operator(),
    )
    left = await stage.view(supplier_id)
    assert left.state is SupplierState.OFFBOARDED
    assert left.email == "contato@floresdosul.com.br"
    await stage.days_pass(3_654)
    emptied = await stage.view(supplier_id)
    assert emptied.state is SupplierState.OFFBOARDED
    assert "floresdosul" not in repr(emptied).casefold()
    assert not emptied.audit
    await stage.days_pass(10)


async def test_questions_have_a_deadline_and_an_answer_is_verified(stage: SupplierStage) -> None:
    supplier_id = (await stage.verified(make_application(address=make_address(city="4482255")))).supplier_id
    with pytest.raises(SupplierTransitionRefused):
        await stage.applications.answer(supplier_id=supplier_id, answer="What?", context=stage.operator())
    await stage.settled_review(supplier_id=supplier_id, decision=Decision.SENT_BACK)
    asked = await stage.view(supplier_id)
    assert asked.questions == "I have looked it up."
    assert asked.answer_by is not None
    await stage.days_pass(15)
    assert "answer_overdue" in await actions(stage, supplier_id)
    await stage.applications.answer(supplier_id=supplier_id, answer="It is a village.", context=stage.operator())
    await stage.settle()
    answered = await stage.view(supplier_id)
    assert answered.questions is None
    assert answered.answer == "It is a village."
    assert len(answered.verifications) == 2


async def test_a_document_that_has_expired_has_its_supplier_verified_again(stage: SupplierStage) -> None:
    supplier_id = (await stage.verified(make_application())).supplier_id
    last_day = (stage.clock.now() + timedelta(days=60)).date()
    upload = Upload(
        kind=DocumentKind.INSURANCE, file_name="policy.pdf", media_type="application/pdf", expires_on=last_day
    )
    await stage.documents.add(supplier_id=supplier_id, upload=upload, chunks=in_pieces(PDF), context=stage.operator())
    await stage.days_pass(60)
    assert "reverification_started" not in await actions(stage, supplier_id)
    await stage.days_pass(1)
    view = await stage.view(supplier_id)
    assert [entry.reason for entry in view.audit if entry.action == "reverification_started"] == [
        f"'policy.pdf' has expired on {last_day}."
    ]
    assert (view.state, view.revision) == (SupplierState.ACTIVE, 2)


async def test_a_document_that_expires_is_reminded_of_twice(stage: SupplierStage) -> None:
    supplier_id = (await stage.verified(make_application())).supplier_id
    expires_on = (stage.clock.now() + timedelta(days=60)).date()
    upload = Upload(
        kind=DocumentKind.INSURANCE, file_name="policy.pdf", media_type="application/pdf", expires_on=expires_on
    )
    document = await stage.documents.add(
        supplier_id=supplier_id, upload=upload, chunks=in_pieces(PDF), context=stage.operator()
    )
    assert expires_on != date.min
    await stage.days_pass(29)
    assert (await actions(stage, supplier_id)).count("document_expires") == 0
    await stage.days_pass(2)
    assert (await actions(stage, supplier_id)).count("document_expires") == 1
    await stage.days_pass(40)
    assert (await actions(stage, supplier_id)).count("document_expires") == 2
    with pytest.raises(DocumentKept):
        await stage.documents.remove(
            supplier_id=supplier_id, document_id=document.document_id, context=stage.operator()
        )
