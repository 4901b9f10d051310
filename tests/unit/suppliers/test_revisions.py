"""A verified supplier's facts change only once the new ones are verified."""

from __future__ import annotations

import pytest

from openaisle.reviews.model import Decision
from openaisle.suppliers.dossier import BankAccount
from openaisle.suppliers.model import SupplierState, SupplierTransitionRefused
from openaisle.suppliers.revisions import RevisionOutcome
from tests.factories.suppliers import make_application
from tests.support.supplier_stage import SupplierStage

NEW_ACCOUNT = BankAccount(holder="Flores do Sul Ltda", country="BR", iban="BR1800360305000010009795493C1")


async def revised(stage: SupplierStage, supplier_id: str, **changes: object) -> None:
    await stage.suppliers.revise(supplier_id=supplier_id, changes=changes, context=stage.operator())


async def test_the_old_facts_stay_in_force_until_the_new_ones_are_verified(stage: SupplierStage) -> None:
    supplier_id = (await stage.verified(make_application())).supplier_id
    await revised(stage, supplier_id, website="https://shop.floresdosul.com.br")
    meanwhile = await stage.view(supplier_id)
    assert meanwhile.state is SupplierState.ACTIVE
    assert meanwhile.website == "https://www.floresdosul.com.br"
    assert meanwhile.open_revision is not None
    await stage.settle()
    after = await stage.view(supplier_id)
    assert after.website == "https://shop.floresdosul.com.br"
    assert after.open_revision is None
    assert [one.outcome for one in after.revisions] == [RevisionOutcome.APPLIED]
    assert [(one.field, one.after) for one in after.revisions[0].changes] == [
        ("website", "https://shop.floresdosul.com.br")
    ]


async def test_facts_that_do_not_pass_are_discarded_and_the_supplier_sells_on(stage: SupplierStage) -> None:
    supplier_id = (await stage.verified(make_application())).supplier_id
    await revised(stage, supplier_id, registration_number="11222333000180")
    await stage.settle()
    after = await stage.view(supplier_id)
    assert after.state is SupplierState.ACTIVE
    assert after.registration_number == "11222333000181"
    assert after.open_revision is None
    assert after.revisions[0].outcome is RevisionOutcome.DISCARDED


async def test_a_new_number_lets_the_old_one_go(stage: SupplierStage) -> None:
    supplier_id = (await stage.verified(make_application(tax_id=None))).supplier_id
    await revised(stage, supplier_id, registration_number="00000000000191")
    await stage.settle()
    other = await stage.verified(make_application(tax_id=None, legal_name="Sementes do Norte Ltda"))
    assert "registration-number-held-by-another" not in {
        finding.code for check in other.verifications[0].checks for finding in check.findings
    }


async def test_a_new_bank_account_freezes_payouts_until_a_person_agrees(stage: SupplierStage) -> None:
    supplier_id = (await stage.verified(make_application())).supplier_id
    await revised(stage, supplier_id, bank_account=NEW_ACCOUNT)
    assert (await stage.view(supplier_id)).payouts_frozen is not None
    await stage.settle()
    waiting = await stage.view(supplier_id)
    assert waiting.state is SupplierState.ACTIVE
    assert waiting.bank_account is None
    assert waiting.open_revision is not None
    assert waiting.open_revision.has_new_bank_account
    assert NEW_ACCOUNT.iban is not None
    assert NEW_ACCOUNT.iban not in repr(waiting)
    assert "bank-account-changed" in (await stage.open_tasks())[0].causes


async def test_an_amendment_of_an_open_revision_is_verified_too(stage: SupplierStage) -> None:
    supplier_id = (await stage.verified(make_application())).supplier_id
    await revised(stage, supplier_id, bank_account=NEW_ACCOUNT)
    await stage.settle()
    await revised(stage, supplier_id, website="https://shop.floresdosul.com.br")
    await stage.settle()
    after = await stage.view(supplier_id)
    assert after.open_revision is not None
    assert after.payouts_frozen is not None
    assert {change.field for change in after.open_revision.changes} == {"website", "bank_account"}


async def test_nothing_that_differs_opens_no_revision(stage: SupplierStage) -> None:
    supplier_id = (await stage.verified(make_application())).supplier_id
    await revised(stage, supplier_id, website="https://www.floresdosul.com.br")
    assert (await stage.view(supplier_id)).open_revision is None


async def test_facts_of_one_that_was_rejected_are_not_revised(stage: SupplierStage) -> None:
    supplier_id = (await stage.verified(make_application(registration_number="11222333000180"))).supplier_id
    with pytest.raises(SupplierTransitionRefused):
        await revised(stage, supplier_id, website="https://shop.floresdosul.com.br")


@pytest.mark.parametrize(
    ("decision", "outcome"),
    [(Decision.APPROVED, RevisionOutcome.APPLIED), (Decision.REJECTED, RevisionOutcome.DISCARDED)],
)
async def test_a_person_decides_about_a_new_bank_account(
    stage: SupplierStage, decision: Decision, outcome: RevisionOutcome
) -> None:
    supplier_id = (await stage.verified(make_application())).supplier_id
    await revised(stage, supplier_id, bank_account=NEW_ACCOUNT)
    await stage.settle()
    await stage.settled_review(supplier_id=supplier_id, decision=decision)
    after = await stage.view(supplier_id)
    assert after.state is SupplierState.ACTIVE
    assert after.revisions[0].outcome is outcome
    assert after.payouts_frozen is None
    assert (after.bank_account is not None) is (outcome is RevisionOutcome.APPLIED)
