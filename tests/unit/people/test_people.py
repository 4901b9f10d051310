"""Inviting people, changing what they are, and links that set passwords once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from openaisle.kernel.context import Role
from openaisle.kernel.permissions import UserRole
from openaisle.people.lock_out import AttemptsTooMany
from openaisle.people.model import (
    LinkInvalid,
    OwnAccountUnchangeable,
    SessionEnded,
    SessionNeeded,
    SignInRefused,
    User,
    UserKnown,
    UserMissing,
    UserRoleUnfit,
    UserState,
)
from openaisle.people.passwords import PasswordUnfit
from tests.support.people_stage import EMAIL, PASSWORD, PeopleStage, people_in

OTHER_PASSWORD = "nine silver bicycles"


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[PeopleStage]:
    async with people_in(tmp_path) as stage:
        yield stage


async def invite(stage: PeopleStage, *, email: str = EMAIL, role: UserRole = UserRole.FINANCE) -> User:
    invited = await stage.room.people.invite(
        email=email, name="Ana", role=role, party=Role.OPERATOR, supplier_id=None, context=stage.context()
    )
    return invited.user


async def set_password(stage: PeopleStage, *, token: str, password: str = PASSWORD) -> User:
    return await stage.room.people.set_password(token=token, password=password, context=stage.context())


async def test_an_invitation_is_mailed_and_its_link_sets_a_password_once(stage: PeopleStage) -> None:
    await invite(stage)
    mail = stage.mail.last
    assert (mail.template, mail.to) == ("people-invitation", EMAIL)
    assert mail.data["link"].startswith("https://marketplace.example/console/password?token=")
    user = await set_password(stage, token=mail.token)
    assert user.state is UserState.ACTIVE
    with pytest.raises(LinkInvalid):
        await set_password(stage, token=mail.token, password=OTHER_PASSWORD)


async def test_two_who_follow_one_link_at_once_do_not_both_set_a_password(stage: PeopleStage) -> None:
    await invite(stage)
    token = stage.mail.last.token
    results = await asyncio.gather(
        set_password(stage, token=token),
        set_password(stage, token=token, password=OTHER_PASSWORD),
        return_exceptions=True,
    )
    assert sum(isinstance(result, User) for result in results) == 1


async def test_an_invitation_ends_after_seven_days(stage: PeopleStage) -> None:
    await invite(stage)
    stage.clock.pass_by(days=7)
    with pytest.raises(LinkInvalid):
        await set_password(stage, token=stage.mail.last.token)


@pytest.mark.parametrize("token", ["", "x", "é" * 43, "a" * 100_000])
async def test_a_link_that_was_never_made_opens_nothing(stage: PeopleStage, token: str) -> None:
    with pytest.raises(LinkInvalid):
        await set_password(stage, token=token)


async def test_who_was_invited_and_never_came_is_invited_anew_and_who_is_there_is_not(stage: PeopleStage) -> None:
    await invite(stage)
    again = await invite(stage, role=UserRole.REVIEWER)
    assert again.role is UserRole.REVIEWER
    await set_password(stage, token=stage.mail.last.token)
    with pytest.raises(UserKnown):
        await invite(stage)


@pytest.mark.parametrize(("party", "role"), [(Role.SUPPLIER, UserRole.ADMINISTRATOR), (Role.OPERATOR, UserRole.OWNER)])
async def test_nobody_gets_a_role_of_the_other_party(stage: PeopleStage, party: Role, role: UserRole) -> None:
    supplier_id = "sup_1" if party is Role.SUPPLIER else None
    with pytest.raises(UserRoleUnfit):
        await stage.room.people.invite(
            email=EMAIL, name="X", role=role, party=party, supplier_id=supplier_id, context=stage.context()
        )


async def test_a_new_role_and_being_disabled_end_sessions(stage: PeopleStage) -> None:
    admin = await stage.user(email="admin@marketplace.example")
    user = await stage.user()
    context = stage.context(user=admin)
    opened = await stage.sign_in()
    await stage.room.people.change_role(
        user_id=user.user_id, role=UserRole.READ_ONLY, supplier_id=None, context=context
    )
    with pytest.raises(SessionEnded):
        await stage.room.sessions.recognized(token=opened.token, at=stage.clock.now())
    opened = await stage.sign_in()
    await stage.room.people.disable(user_id=user.user_id, supplier_id=None, context=context)
    with pytest.raises(SessionEnded):
        await stage.room.sessions.recognized(token=opened.token, at=stage.clock.now())
    await stage.room.people.enable(user_id=user.user_id, supplier_id=None, context=context)
    assert (await stage.sign_in()).user.role is UserRole.READ_ONLY


async def test_nobody_changes_their_own_role_or_disables_themselves(stage: PeopleStage) -> None:
    user = await stage.user()
    context = stage.context(user=user)
    with pytest.raises(OwnAccountUnchangeable):
        await stage.room.people.disable(user_id=user.user_id, supplier_id=None, context=context)
    with pytest.raises(OwnAccountUnchangeable):
        await stage.room.people.change_role(
            user_id=user.user_id, role=UserRole.FINANCE, supplier_id=None, context=context
        )


async def test_the_people_of_another_supplier_are_unknown(stage: PeopleStage) -> None:
    user = await stage.user(role=UserRole.OWNER, supplier_id="sup_1")
    for name in ("disable", "enable"):
        change = getattr(stage.room.people, name)
        with pytest.raises(UserMissing):
            await change(user_id=user.user_id, supplier_id="sup_2", context=stage.context())


async def test_changing_the_password_ends_every_session_and_asks_for_the_present_one(stage: PeopleStage) -> None:
    user = await stage.user()
    opened = await stage.sign_in()
    context = stage.context(user=user)
    with pytest.raises(SignInRefused):
        await stage.room.people.change_password(current="wrong", password=OTHER_PASSWORD, context=context)
    await stage.room.people.change_password(current=PASSWORD, password=OTHER_PASSWORD, context=context)
    with pytest.raises(SessionEnded):
        await stage.room.sessions.recognized(token=opened.token, at=stage.clock.now())
    assert (await stage.sign_in(password=OTHER_PASSWORD)).user.user_id == user.user_id


async def test_the_present_password_cannot_be_guessed_from_a_stolen_session(stage: PeopleStage) -> None:
    user = await stage.user()
    context = stage.context(user=user)
    for number in range(5):
        with pytest.raises(SignInRefused):
            await stage.room.people.change_password(current=f"guess {number}", password=OTHER_PASSWORD, context=context)
    with pytest.raises(AttemptsTooMany):
        await stage.room.people.change_password(current=PASSWORD, password=OTHER_PASSWORD, context=context)


async def test_an_api_key_has_no_password_to_change(stage: PeopleStage) -> None:
    with pytest.raises(SessionNeeded):
        await stage.room.people.change_password(current="x", password=OTHER_PASSWORD, context=stage.context())


@pytest.mark.parametrize(
    "password",
    ["short", "p" * 201, "password1234", "PassWord1234", "aaaaaaaaaaaaaaaa", "abababababababab", EMAIL, f"my {EMAIL}!"],
)
async def test_a_password_that_is_tried_first_is_refused(stage: PeopleStage, password: str) -> None:
    await invite(stage)
    with pytest.raises(PasswordUnfit):
        await set_password(stage, token=stage.mail.last.token, password=password)


async def answer_resets(stage: PeopleStage) -> None:
    """Do what the worker does with what stands in the change stream."""
    pipe = stage.room.reset_mails.pipe()
    changes = [change for change in await stage.table.read(after=0, limit=10_000) if pipe.wants(change)]
    await pipe.handle(changes)


async def test_a_reset_is_mailed_to_who_is_known_and_done_alike_for_who_is_not(stage: PeopleStage) -> None:
    await stage.user()
    before = len(stage.mail.sent)
    for email in (EMAIL, "nobody@marketplace.example"):
        await stage.room.people.request_reset(email=email, context=stage.context())
    assert len(stage.mail.sent) == before, "nothing is looked up while the caller waits"
    await answer_resets(stage)
    await answer_resets(stage)
    assert [mail.to for mail in list(stage.mail.sent.values())[before:]] == [EMAIL]
    await set_password(stage, token=stage.mail.last.token, password=OTHER_PASSWORD)
    assert (await stage.sign_in(password=OTHER_PASSWORD)).user.email == EMAIL


async def test_a_reset_link_ends_after_an_hour_and_with_a_new_password(stage: PeopleStage) -> None:
    user = await stage.user()
    tokens = []
    for _ in range(2):
        made = await stage.room.people.made_reset_link(email=EMAIL, without_codes=False, context=stage.context())
        tokens.append(made.address.partition("token=")[2])
    await stage.room.people.change_password(current=PASSWORD, password=OTHER_PASSWORD, context=stage.context(user=user))
    with pytest.raises(LinkInvalid):
        await set_password(stage, token=tokens[0])
    made = await stage.room.people.made_reset_link(email=EMAIL, without_codes=False, context=stage.context())
    stage.clock.pass_by(hours=1)
    with pytest.raises(LinkInvalid):
        await set_password(stage, token=made.address.partition("token=")[2])


async def test_asking_for_resets_in_anothers_name_does_not_lock_them_out(stage: PeopleStage) -> None:
    await stage.user()
    with pytest.raises(AttemptsTooMany):
        await _ask_often(stage)
    assert (await stage.sign_in(address="198.51.100.1")).user.email == EMAIL


async def _ask_often(stage: PeopleStage) -> None:
    for _ in range(10):
        await stage.room.people.request_reset(email=EMAIL, context=stage.context())


async def test_the_address_that_asks_for_a_reset_does_not_stand_in_the_change_stream(stage: PeopleStage) -> None:
    await stage.room.people.request_reset(email=EMAIL, context=stage.context())
    changes = await stage.table.read(after=0, limit=100)
    assert changes
    assert all(EMAIL.encode() not in bytes(change.body or b"") for change in changes)
