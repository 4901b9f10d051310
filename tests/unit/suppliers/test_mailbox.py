"""A mailbox is confirmed by whoever opens its link: once, in time, and only while the address is the supplier's."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from openaisle.suppliers.mailbox import (
    ASKED_MAXIMUM,
    LINK_HOURS,
    MailboxAskedTooOften,
    MailboxConfirmed,
    MailboxLinkInvalid,
)
from openaisle.suppliers.model import SupplierState
from openaisle.suppliers.verification import STANDARD_POLICY, Action, CheckRule, VerificationPolicy
from tests.factories.suppliers import make_address, make_application
from tests.support.supplier_stage import SupplierStage, supplier_stage_in

ADDRESS = "contato@floresdosul.com.br"


def policy_that(action: Action) -> VerificationPolicy:
    rules = {**STANDARD_POLICY.rules, "mailbox": CheckRule(on_fail=Action.REVIEW, on_inconclusive=action)}
    return msgspec.structs.replace(STANDARD_POLICY, rules=rules)


def tokens(stage: SupplierStage) -> list[str]:
    return [mail["link"].partition("?token=")[2] for mail in stage.mails.sent.values()]


async def test_a_clean_supplier_becomes_active_and_is_sent_one_link(stage: SupplierStage) -> None:
    supplier = await stage.verified(make_application())
    assert supplier.state is SupplierState.ACTIVE
    assert supplier.mailbox_confirmed_at is None
    stage.start_over()
    await stage.settle()
    (mail,) = stage.mails.sent.values()
    assert (mail["template"], mail["to"], mail["language"], mail["hours"]) == (
        "email_confirmation",
        ADDRESS,
        "pt",
        "72",
    )
    assert mail["link"].startswith("https://market.example/portal/mailbox?token=")


async def test_the_link_confirms_once(stage: SupplierStage) -> None:
    supplier_id = (await stage.verified(make_application())).supplier_id
    (token,) = tokens(stage)
    assert await stage.mailboxes.address_of_link(token=token, context=stage.anyone()) == ADDRESS
    assert (await stage.view(supplier_id)).mailbox_confirmed_at is None
    await stage.mailboxes.confirm(token=token, context=stage.anyone())
    supplier = await stage.view(supplier_id)
    assert supplier.mailbox_confirmed_at == stage.clock.now()
    assert supplier.audit[0].action == "mailbox_confirmed"
    for refused in (token, "unheard-of", ""):
        with pytest.raises(MailboxLinkInvalid):
            await stage.mailboxes.confirm(token=refused, context=stage.anyone())
    await stage.settle()
    assert (await stage.view(supplier_id)).revision == 1


async def test_only_the_hash_of_a_token_is_kept(stage: SupplierStage, tmp_path: Path) -> None:
    await stage.verified(make_application())
    (token,) = tokens(stage)
    files = [file for file in tmp_path.rglob("*") if file.is_file()]  # noqa: ASYNC240
    assert files
    assert [file.name for file in files if token.encode() in file.read_bytes()] == []


async def test_a_link_ends(stage: SupplierStage) -> None:
    await stage.verified(make_application())
    stage.clock.go_on(seconds=LINK_HOURS * 3_600)
    with pytest.raises(MailboxLinkInvalid):
        await stage.mailboxes.confirm(token=tokens(stage)[0], context=stage.anyone())


async def test_where_the_policy_asks_the_supplier_waits_until_its_mailbox_is_confirmed(tmp_path: Path) -> None:
    async with supplier_stage_in(tmp_path, policy=policy_that(Action.ASK)) as stage:
        supplier = await stage.verified(make_application())
        assert supplier.state is SupplierState.IN_REVIEW
        assert "link that was sent to it" in (supplier.questions or "")
        assert await stage.open_tasks() == []
        await stage.mailboxes.confirm(token=tokens(stage)[0], context=stage.anyone())
        await stage.settle()
        confirmed = await stage.view(supplier.supplier_id)
        assert (confirmed.state, confirmed.questions) == (SupplierState.ACTIVE, None)
        assert next(one for one in confirmed.verifications[0].checks if one.check == "mailbox").outcome == "pass"


async def test_where_the_policy_wants_a_review_the_confirmation_withdraws_it(tmp_path: Path) -> None:
    async with supplier_stage_in(tmp_path, policy=policy_that(Action.REVIEW)) as stage:
        supplier = await stage.verified(make_application())
        assert [task.causes for task in await stage.open_tasks()] == [("mailbox-not-confirmed",)]
        await stage.mailboxes.confirm(token=tokens(stage)[0], context=stage.anyone())
        await stage.settle()
        assert (await stage.view(supplier.supplier_id)).state is SupplierState.ACTIVE
        assert await stage.open_tasks() == []


async def test_a_policy_of_before_goes_on_to_mean_what_it_meant(tmp_path: Path) -> None:
    rules = {name: rule for name, rule in STANDARD_POLICY.rules.items() if name != "mailbox"}
    async with supplier_stage_in(tmp_path, policy=msgspec.structs.replace(STANDARD_POLICY, rules=rules)) as stage:
        assert (await stage.verified(make_application())).state is SupplierState.ACTIVE


async def test_a_review_for_other_reasons_too_is_left_to_its_reviewer(tmp_path: Path) -> None:
    async with supplier_stage_in(tmp_path, policy=policy_that(Action.REVIEW)) as stage:
        supplier = await stage.verified(make_application(address=make_address(city="4482255")))
        (before,) = await stage.open_tasks()
        await stage.mailboxes.confirm(token=tokens(stage)[0], context=stage.anyone())
        await stage.settle()
        (after,) = await stage.open_tasks()
        assert after.task_id == before.task_id
        assert (await stage.view(supplier.supplier_id)).revision == 1


async def test_a_new_address_is_asked_for_and_the_link_of_the_old_one_is_worthless(tmp_path: Path) -> None:
    async with supplier_stage_in(tmp_path, policy=policy_that(Action.ASK)) as stage:
        supplier_id = await stage.applied(make_application())
        await stage.settle()
        await stage.mailboxes.confirm(token=tokens(stage)[0], context=stage.anyone())
        await stage.settle()
        changes: dict[str, object] = {"email": "vendas@FloresDoSul.com.br"}
        await stage.suppliers.revise(supplier_id=supplier_id, changes=changes, context=stage.operator())
        await stage.settle()
        supplier = await stage.view(supplier_id)
        assert supplier.state is SupplierState.ACTIVE
        assert (supplier.email, supplier.mailbox_confirmed_at is not None) == (ADDRESS, True)
        assert supplier.open_revision is not None
        assert [mail["to"] for mail in stage.mails.sent.values()] == [ADDRESS, "vendas@floresdosul.com.br"]
        await stage.mailboxes.confirm(token=tokens(stage)[1], context=stage.anyone())
        await stage.settle()
        supplier = await stage.view(supplier_id)
        assert (supplier.email, supplier.open_revision) == ("vendas@floresdosul.com.br", None)
        assert supplier.mailbox_confirmed_at is not None


async def test_a_link_to_an_address_that_was_changed_meanwhile_proves_nothing(stage: SupplierStage) -> None:
    supplier_id = (await stage.verified(make_application())).supplier_id
    changes: dict[str, object] = {"email": "vendas@floresdosul.com.br"}
    await stage.suppliers.revise(supplier_id=supplier_id, changes=changes, context=stage.operator())
    await stage.settle()
    with pytest.raises(MailboxLinkInvalid):
        await stage.mailboxes.confirm(token=tokens(stage)[0], context=stage.anyone())


async def test_links_are_sent_again_but_not_without_end(stage: SupplierStage) -> None:
    supplier_id = (await stage.verified(make_application())).supplier_id
    for number in range(2, ASKED_MAXIMUM + 1):
        stage.clock.go_on(seconds=61)
        asked = await stage.mailboxes.ask_again(supplier_id=supplier_id, context=stage.operator())
        assert asked.number == number
        with pytest.raises(MailboxAskedTooOften) as soon:
            await stage.mailboxes.ask_again(supplier_id=supplier_id, context=stage.operator())
        assert 0 < (soon.value.retry_after_seconds or 0) <= 61
    await stage.settle()
    assert len(stage.mails.sent) == ASKED_MAXIMUM
    stage.clock.go_on(seconds=3_600)
    with pytest.raises(MailboxAskedTooOften):
        await stage.mailboxes.ask_again(supplier_id=supplier_id, context=stage.operator())
    stage.clock.go_on(seconds=86_400)
    await stage.mailboxes.ask_again(supplier_id=supplier_id, context=stage.operator())
    await stage.settle()
    # Every link that was sent lately works, whichever of the mails is opened.
    await stage.mailboxes.confirm(token=tokens(stage)[2], context=stage.anyone())
    with pytest.raises(MailboxConfirmed):
        await stage.mailboxes.ask_again(supplier_id=supplier_id, context=stage.operator())


async def test_who_changes_its_address_all_the_time_is_not_sent_a_mail_each_time(tmp_path: Path) -> None:
    async with supplier_stage_in(tmp_path, policy=policy_that(Action.ASK)) as stage:
        supplier_id = await stage.applied(make_application())
        await stage.settle()
        for number in range(10):
            changes: dict[str, object] = {"email": f"stranger-{number}@floresdosul.com.br"}
            await stage.suppliers.amend(supplier_id=supplier_id, changes=changes, context=stage.operator())
            await stage.settle()
        assert len(stage.mails.sent) == ASKED_MAXIMUM
