"""When a sanctions list changes, whoever was verified is verified again: in batches, to the end, and once."""

from __future__ import annotations

from pathlib import Path

import msgspec

from openaisle.kernel.name_lists import NameListOrigin
from openaisle.reviews.model import Decision
from openaisle.suppliers.clocks import ClockKind
from openaisle.suppliers.dossier import BankAccount
from openaisle.suppliers.model import SupplierState
from openaisle.suppliers.repository import CLOCKS, partition_of
from openaisle.suppliers.verification import STANDARD_POLICY, Action, CheckRule
from openaisle.suppliers.views import SupplierView
from tests.factories.screening import SDN_LINES, load_lines
from tests.factories.suppliers import make_application
from tests.journeys.marketplace import cnpj
from tests.support.supplier_stage import SupplierStage, supplier_stage_in

NAMES = ["Alfa", "Bravo", "Charlie", "Delta", "Eco", "Foxtrote", "Golfe"]


async def active(stage: SupplierStage, name: str) -> SupplierView:
    number = cnpj()
    application = make_application(
        tax_id=None,
        legal_name=f"{name} Comercio Ltda",
        registration_number=number,
        email=f"contato@{name.lower()}.com.br",
        website=None,
        phone=f"+55119{number[4:12]}",
    )
    supplier = await stage.verified(application)
    assert supplier.state is SupplierState.ACTIVE, supplier.reason
    return supplier


async def loaded(stage: SupplierStage, *names: str) -> NameListOrigin:
    extra = tuple(
        f'{900 + place},"{name.upper()} COMERCIO",-0- ,"CUBA",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- \r\n'
        for place, name in enumerate(names)
    )
    report = await load_lines(stage.lists, lines=(*extra, *SDN_LINES), version=f"{len(names):064x}")
    return report.facts.origin


async def test_every_verified_supplier_is_verified_again_in_batches_and_once(stage: SupplierStage) -> None:
    suppliers = [await active(stage, name) for name in NAMES]
    origin = await loaded(stage, "Delta")
    assert await stage.rescreening.list_loaded(origin=origin, context=stage.operator())
    await stage.settle()
    run = await stage.rescreening.run(list_name=origin.name)
    assert run is not None
    assert (run.seen, run.started, run.completed_at is not None) == (len(NAMES), len(NAMES), True)
    for name, before in zip(NAMES, suppliers, strict=True):
        after = await stage.view(before.supplier_id)
        if name == "Delta":
            assert after.open_revision is not None
            assert after.open_revision.state is SupplierState.IN_REVIEW
            assert after.state is SupplierState.ACTIVE
        else:
            assert (after.open_revision, after.revision) == (None, 2), name
    (task,) = await stage.open_tasks()
    assert task.causes == ("name-on-sanctions-list",)
    # Met again, as after a sudden end, it begins no second time.
    stage.start_over()
    await stage.settle()
    assert (await stage.view(suppliers[0].supplier_id)).revision == 2


async def test_who_turns_out_to_be_listed_is_suspended_by_the_reviewer(stage: SupplierStage) -> None:
    supplier = await active(stage, "Delta")
    await stage.rescreening.list_loaded(origin=await loaded(stage, "Delta"), context=stage.operator())
    await stage.settle()
    await stage.settled_review(supplier_id=supplier.supplier_id, decision=Decision.REJECTED)
    assert (await stage.view(supplier.supplier_id)).state is SupplierState.SUSPENDED


async def test_who_was_told_apart_from_one_entry_is_looked_at_again_for_another(stage: SupplierStage) -> None:
    supplier_id = (await active(stage, "Delta")).supplier_id
    await stage.rescreening.list_loaded(origin=await loaded(stage, "Delta"), context=stage.operator())
    await stage.settle()
    await stage.settled_review(supplier_id=supplier_id, decision=Decision.APPROVED)
    assert (await stage.view(supplier_id)).open_revision is None
    # The same entry in a later version of the list is one that it was told apart from.
    await stage.rescreening.list_loaded(origin=await loaded(stage, "Delta", "Golfe"), context=stage.operator())
    await stage.settle()
    assert (await stage.view(supplier_id)).open_revision is None
    await stage.rescreening.list_loaded(origin=await loaded(stage, "Delta", "Delta", "Golfe"), context=stage.operator())
    await stage.settle()
    opened = (await stage.view(supplier_id)).open_revision
    assert opened is not None
    assert opened.state is SupplierState.IN_REVIEW


async def test_the_same_list_again_starts_nothing(stage: SupplierStage) -> None:
    await active(stage, "Delta")
    origin = await loaded(stage)
    assert await stage.rescreening.list_loaded(origin=origin, context=stage.operator())
    await stage.settle()
    assert not await stage.rescreening.list_loaded(origin=origin, context=stage.operator())


async def test_a_newer_list_takes_over_from_a_run_that_is_under_way(stage: SupplierStage) -> None:
    for name in NAMES:
        await active(stage, name)
    first = await loaded(stage)
    await stage.rescreening.list_loaded(origin=first, context=stage.operator())
    await stage.rescreening.go_on(list_name=first.name, version=1, context=stage.operator())
    second = await loaded(stage, "Eco")
    await stage.rescreening.list_loaded(origin=second, context=stage.operator())
    await stage.settle()
    run = await stage.rescreening.run(list_name=second.name)
    assert run is not None
    assert (run.list_version, run.seen, run.completed_at is not None) == (second.version, len(NAMES), True)
    assert len(await stage.open_tasks()) == 1


async def test_a_supplier_with_a_revision_under_way_is_verified_again_when_that_is_over(stage: SupplierStage) -> None:
    supplier_id = (await active(stage, "Delta")).supplier_id
    account = BankAccount(holder="Delta Comercio Ltda", country="BR", iban="BR1800360305000010009795493C1")
    await stage.suppliers.revise(supplier_id=supplier_id, changes={"bank_account": account}, context=stage.operator())
    await stage.settle()
    await stage.rescreening.list_loaded(origin=await loaded(stage, "Delta"), context=stage.operator())
    await stage.settle()
    await stage.days_pass(3)
    page = await stage.table.query(
        partition=partition_of(supplier_id=supplier_id), sort_prefix=f"CLOCK#{ClockKind.REVERIFICATION.value}#put_off"
    )
    assert [CLOCKS.decode(item).record.due_at > stage.clock.now() for item in page.items] == [True]
    await stage.settled_review(supplier_id=supplier_id, decision=Decision.REJECTED)
    assert (await stage.view(supplier_id)).open_revision is None
    await stage.days_pass(1)
    opened = (await stage.view(supplier_id)).open_revision
    assert opened is not None
    assert ("name-on-sanctions-list",) in [task.causes for task in await stage.open_tasks()]


async def test_a_policy_that_rejects_suspends_who_is_listed_now_without_waiting(tmp_path: Path) -> None:
    rules = {**STANDARD_POLICY.rules, "sanctions": CheckRule(on_fail=Action.REJECT, on_inconclusive=Action.REVIEW)}
    policy = msgspec.structs.replace(STANDARD_POLICY, rules=rules)
    async with supplier_stage_in(tmp_path, policy=policy) as stage:
        supplier = await active(stage, "Delta")
        await stage.rescreening.list_loaded(origin=await loaded(stage, "Delta"), context=stage.operator())
        await stage.settle()
        assert (await stage.view(supplier.supplier_id)).state is SupplierState.SUSPENDED
