"""Signing in: what opens a session, what does not, and that nobody learns why."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from openaisle.kernel.context import Role
from openaisle.kernel.errors import ChangedMeanwhile
from openaisle.kernel.permissions import UserRole
from openaisle.people import one_time_codes
from openaisle.people.lock_out import AttemptsTooMany
from openaisle.people.model import SessionEnded, SignInRefused, User
from openaisle.people.sign_in import Challenged, SignedIn
from tests.support.people_stage import EMAIL, PASSWORD, PeopleStage, people_in


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[PeopleStage]:
    async with people_in(tmp_path) as stage:
        yield stage


async def test_the_right_password_opens_a_session_for_the_person_and_their_role(stage: PeopleStage) -> None:
    user = await stage.user(role=UserRole.REVIEWER)
    opened = await stage.sign_in(email=EMAIL.upper())
    principal = (await stage.room.sessions.recognized(token=opened.token, at=stage.clock.now())).principal
    assert (principal.role, principal.user_role, principal.user_id) == (
        Role.OPERATOR,
        UserRole.REVIEWER,
        user.user_id,
    )


async def test_a_suppliers_user_stands_for_the_supplier(stage: PeopleStage) -> None:
    await stage.user(role=UserRole.ORDERS, supplier_id="sup_1")
    principal = (await stage.sign_in()).user.principal
    assert (principal.role, principal.subject_id, principal.user_role) == (Role.SUPPLIER, "sup_1", UserRole.ORDERS)


async def test_neither_password_nor_token_stands_in_the_store(stage: PeopleStage, tmp_path: Path) -> None:
    await stage.user()
    opened = await stage.sign_in()
    stored = b"".join((tmp_path / name).read_bytes() for name in ("store.db", "store.db-wal"))
    assert PASSWORD.encode() not in stored
    assert opened.token.encode() not in stored


async def test_an_unknown_a_disabled_and_an_invited_account_and_a_wrong_password_are_answered_alike(
    stage: PeopleStage,
) -> None:
    admin = await stage.user()
    disabled = await stage.user(email="disabled@marketplace.example")
    await stage.room.people.disable(user_id=disabled.user_id, supplier_id=None, context=stage.context(user=admin))
    await stage.room.people.invite(
        email="invited@marketplace.example", name="I", role=UserRole.FINANCE, party=Role.OPERATOR, supplier_id=None,
        context=stage.context(user=admin),
    )  # fmt: skip
    answers = set()
    for email in (EMAIL, "nobody@marketplace.example", disabled.email, "invited@marketplace.example"):
        for number in range(7):
            password = PASSWORD if email == disabled.email else "not the password"
            with pytest.raises((SignInRefused, AttemptsTooMany)) as refused:
                await stage.sign_in(email=email, password=password, address=f"198.51.100.{number}")
            answers.add((number, refused.value.code, refused.value.detail, refused.value.retry_after_seconds))
    # One answer for each number of attempts, whoever is tried.
    assert len(answers) == 7


async def test_an_account_waits_longer_with_each_failure_whatever_address_it_is_tried_from(stage: PeopleStage) -> None:
    await stage.user()
    for number in range(5):
        with pytest.raises(SignInRefused):
            await stage.sign_in(password="wrong password", address=f"198.51.100.{number}")
    with pytest.raises(AttemptsTooMany) as waiting:
        await stage.sign_in(address="198.51.100.77")
    assert waiting.value.retry_after_seconds == 1
    stage.clock.pass_by(seconds=1)
    assert (await stage.sign_in()).user.email == EMAIL


async def test_an_address_that_sprays_many_accounts_is_slowed(stage: PeopleStage) -> None:
    for number in range(20):
        with pytest.raises(SignInRefused):
            await stage.sign_in(email=f"somebody{number}@marketplace.example")
    with pytest.raises(AttemptsTooMany):
        await stage.sign_in(email="another@marketplace.example")


async def test_an_own_account_does_not_clear_the_address_between_guesses_at_others(stage: PeopleStage) -> None:
    await stage.user()
    for number in range(20):
        await stage.sign_in()
        with pytest.raises(SignInRefused):
            await stage.sign_in(email=f"somebody{number}@marketplace.example")
    with pytest.raises(AttemptsTooMany):
        await stage.sign_in(email="another@marketplace.example")


async def test_many_guesses_at_once_gain_nothing(stage: PeopleStage) -> None:
    await stage.user()

    async def guess(number: int) -> str:
        try:
            await stage.sign_in(password=f"guess number {number}", address=f"198.51.100.{number}")
        except SignInRefused:
            return "tried"
        except (AttemptsTooMany, ChangedMeanwhile):
            return "kept waiting"
        return "in"

    results = await asyncio.gather(*(guess(number) for number in range(25)))
    assert results.count("tried") <= 5
    assert "in" not in results


async def authenticator(stage: PeopleStage, user: User) -> tuple[bytes, list[str]]:
    context = stage.context(user=user)
    begun = await stage.room.people.begin_authenticator(current=PASSWORD, context=context)
    secret = base64.b32decode(begun.secret + "=" * (-len(begun.secret) % 8))
    code = one_time_codes.code_of_step(secret=secret, step=one_time_codes.step_at(at=context.at))
    codes = await stage.room.people.confirm_authenticator(code=code, context=context)
    stage.clock.pass_by(seconds=90)
    return secret, codes


async def challenged(stage: PeopleStage) -> str:
    waiting = await stage.room.sign_in.by_password(email=EMAIL, password=PASSWORD, context=stage.context())
    assert isinstance(waiting, Challenged)
    return waiting.token


async def test_a_code_is_asked_for_and_works_once(stage: PeopleStage) -> None:
    secret, _ = await authenticator(stage, await stage.user())
    code = one_time_codes.code_of_step(secret=secret, step=one_time_codes.step_at(at=stage.clock.now()))
    opened = await stage.room.sign_in.by_code(
        challenge_token=await challenged(stage), code=code, context=stage.context()
    )
    assert isinstance(opened, SignedIn)
    with pytest.raises(SignInRefused):
        await stage.room.sign_in.by_code(challenge_token=await challenged(stage), code=code, context=stage.context())


async def test_the_same_code_sent_twice_at_once_opens_one_session(stage: PeopleStage) -> None:
    secret, _ = await authenticator(stage, await stage.user())
    code = one_time_codes.code_of_step(secret=secret, step=one_time_codes.step_at(at=stage.clock.now()))
    tokens = [await challenged(stage), await challenged(stage)]
    results = await asyncio.gather(
        *(stage.room.sign_in.by_code(challenge_token=token, code=code, context=stage.context()) for token in tokens),
        return_exceptions=True,
    )
    assert sum(isinstance(result, SignedIn) for result in results) == 1


async def test_a_recovery_code_works_once(stage: PeopleStage) -> None:
    _, codes = await authenticator(stage, await stage.user())
    spoken = codes[0].upper().replace("-", " ")
    await stage.room.sign_in.by_code(challenge_token=await challenged(stage), code=spoken, context=stage.context())
    with pytest.raises(SignInRefused):
        await stage.room.sign_in.by_code(
            challenge_token=await challenged(stage), code=codes[0], context=stage.context()
        )


async def test_codes_cannot_be_guessed_at_leisure(stage: PeopleStage) -> None:
    await authenticator(stage, await stage.user())
    token = await challenged(stage)
    refusals = []
    for number in range(10):
        with pytest.raises((SignInRefused, AttemptsTooMany)) as refused:
            await stage.room.sign_in.by_code(challenge_token=token, code=f"{number:06d}", context=stage.context())
        refusals.append(type(refused.value))
    assert refusals.count(SignInRefused) <= 5
    assert refusals[-1] is AttemptsTooMany


async def test_a_sign_in_that_waits_for_its_code_ends_after_five_minutes(stage: PeopleStage) -> None:
    secret, _ = await authenticator(stage, await stage.user())
    token = await challenged(stage)
    stage.clock.pass_by(seconds=300)
    code = one_time_codes.code_of_step(secret=secret, step=one_time_codes.step_at(at=stage.clock.now()))
    with pytest.raises(SignInRefused):
        await stage.room.sign_in.by_code(challenge_token=token, code=code, context=stage.context())


async def test_a_session_ends_when_idle_and_lives_while_used(stage: PeopleStage) -> None:
    await stage.user()
    opened = await stage.sign_in()
    for _ in range(3):
        stage.clock.pass_by(minutes=50)
        await stage.room.sessions.recognized(token=opened.token, at=stage.clock.now())
    stage.clock.pass_by(minutes=60)
    with pytest.raises(SessionEnded):
        await stage.room.sessions.recognized(token=opened.token, at=stage.clock.now())


async def test_a_session_ends_after_twelve_hours_however_much_it_is_used(stage: PeopleStage) -> None:
    await stage.user()
    opened = await stage.sign_in()
    for _ in range(23):
        stage.clock.pass_by(minutes=30)
        await stage.room.sessions.recognized(token=opened.token, at=stage.clock.now())
    stage.clock.pass_by(minutes=30)
    with pytest.raises(SessionEnded):
        await stage.room.sessions.recognized(token=opened.token, at=stage.clock.now())


async def test_signing_out_everywhere_ends_every_session(stage: PeopleStage) -> None:
    user = await stage.user()
    tokens = [(await stage.sign_in()).token for _ in range(3)]
    assert len(await stage.room.sessions.listed(user=user, at=stage.clock.now())) == 3
    await stage.room.sessions.close_all(user_id=user.user_id, context=stage.context(user=user))
    for token in tokens:
        with pytest.raises(SessionEnded):
            await stage.room.sessions.recognized(token=token, at=stage.clock.now())


async def test_every_sign_in_and_every_refusal_is_in_the_audit_trail(stage: PeopleStage) -> None:
    user = await stage.user()
    stage.clock.pass_by(seconds=1)
    with pytest.raises(SignInRefused):
        await stage.sign_in(password="wrong password")
    stage.clock.pass_by(seconds=1)
    await stage.sign_in()
    page = await stage.room.audit.listed(user_id=user.user_id)
    found = [(entry.action, entry.outcome, entry.address) for entry in page.entries]
    assert found[:2] == [
        ("signed_in", "done", "203.0.113.7"),
        ("sign_in", "sign-in-refused", "203.0.113.7"),
    ]
