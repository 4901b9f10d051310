"""The states of a supplier and what a verdict makes of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openaisle.suppliers.drafts import decide_submitted
from openaisle.suppliers.leaving import decide_notice_given, decide_offboarded
from openaisle.suppliers.model import (
    TRANSITIONS,
    Command,
    Readiness,
    Supplier,
    SupplierState,
    SupplierTransitionRefused,
    decide_approved,
    decide_asked,
    decide_connected,
    decide_judged,
    decide_reinstated,
    decide_rejected,
    decide_revised,
    decide_suspended,
    decide_verifying,
    next_state,
    readiness,
)
from openaisle.suppliers.revisions import decide_reverified, decide_revision_opened
from openaisle.suppliers.verification import Judgment, Verdict
from tests.factories.contexts import make_context
from tests.factories.suppliers import make_facts, make_supplier

_VERDICTS = {
    Command.ACTIVATE: Verdict.ACTIVE,
    Command.REQUEST_REVIEW: Verdict.IN_REVIEW,
}


def commanded(supplier: Supplier, command: Command) -> Supplier:
    context = make_context()
    match command:
        case Command.VERIFY:
            return decide_verifying(supplier=supplier, facts=supplier.facts, tax_id=None, sealed=None, context=context)
        case Command.ACTIVATE | Command.REQUEST_REVIEW:
            judgment = Judgment(verdict=_VERDICTS[command], causes=(), reason="because")
            return decide_judged(
                supplier=supplier, judgment=judgment, claims=("a",), review_task_id="tsk_1", context=context
            )
        case Command.AMEND | Command.CORRECT:
            return decide_revised(
                supplier=supplier, command=command, facts=make_facts(), tax_id=None, sealed=None, context=context
            )
        case Command.APPROVE:
            return decide_approved(supplier=supplier, approvals=(), context=context)
        case Command.REJECT:
            return decide_rejected(supplier=supplier, reason="because", context=context)
        case Command.ASK:
            return decide_asked(supplier=supplier, questions="which?", answer_by=context.at, context=context)
        case Command.SUSPEND:
            return decide_suspended(supplier=supplier, reason="because", context=context)
        case Command.REINSTATE:
            return decide_reinstated(supplier=supplier, reason="because", context=context)
        case Command.CONNECT:
            return decide_connected(supplier=supplier, context=context)
        case _:
            return after_verification(supplier, command)


def after_verification(supplier: Supplier, command: Command) -> Supplier:
    context = make_context()
    match command:
        case Command.SUBMIT:
            return decide_submitted(supplier=supplier, context=context)
        case Command.REVISE:
            facts = make_facts(website="https://shop.floresdosul.com.br")
            return decide_revision_opened(supplier=supplier, facts=facts, tax_id=None, sealed=None, context=context)
        case Command.REVERIFY:
            return decide_reverified(supplier=supplier, context=context)
        case Command.GIVE_NOTICE:
            return decide_notice_given(
                supplier=supplier, reason="because", effective_at=context.at, immediate_ground=None, context=context
            )
        case _:
            return decide_offboarded(supplier=supplier, reason="because", context=context)


@given(start=st.sampled_from(SupplierState), commands=st.lists(st.sampled_from(Command), max_size=20))
def test_a_supplier_moves_only_as_its_table_says_and_a_refusal_changes_nothing(
    start: SupplierState, commands: list[Command]
) -> None:
    supplier = make_supplier(state=start)
    for command in commands:
        expected = TRANSITIONS.get((supplier.state, command))
        before = supplier
        if expected is None:
            with pytest.raises(SupplierTransitionRefused):
                commanded(supplier, command)
            assert supplier == before
            continue
        supplier = commanded(supplier, command)
        assert supplier.state is expected
        assert supplier.revision - before.revision in {0, 1}
        assert supplier.judged_revision <= supplier.revision


@given(commands=st.lists(st.sampled_from(Command), max_size=20))
def test_nobody_becomes_active_but_by_a_verdict_on_the_newest_revision(commands: list[Command]) -> None:
    supplier = make_supplier()
    for command in commands:
        if (supplier.state, command) in TRANSITIONS:
            supplier = commanded(supplier, command)
        if supplier.state is SupplierState.ACTIVE:
            assert supplier.judged_revision == supplier.revision


@pytest.mark.parametrize("state", [SupplierState.REJECTED, SupplierState.OFFBOARDED])
@pytest.mark.parametrize("command", Command)
def test_what_has_ended_stays_ended(state: SupplierState, command: Command) -> None:
    with pytest.raises(SupplierTransitionRefused):
        next_state(supplier=make_supplier(state=state), command=command)


def test_a_verification_knows_whether_it_has_work() -> None:
    supplier = make_supplier(revision=2, judged_revision=1)
    assert readiness(supplier=supplier, revision=2) is Readiness.READY
    assert readiness(supplier=supplier, revision=1) is Readiness.OUTDATED
    assert readiness(supplier=make_supplier(judged_revision=1), revision=1) is Readiness.JUDGED


def test_new_facts_forget_what_was_approved_of_the_old_ones() -> None:
    in_review = make_supplier(state=SupplierState.IN_REVIEW, approvals=("anything",))
    assert commanded(in_review, Command.AMEND).approvals == ()


def test_only_an_active_supplier_holds_its_numbers() -> None:
    verifying = make_supplier(state=SupplierState.VERIFYING)
    assert commanded(verifying, Command.ACTIVATE).claims == ("a",)
    assert commanded(verifying, Command.REQUEST_REVIEW).claims == ()
