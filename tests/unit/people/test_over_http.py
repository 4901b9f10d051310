"""People over HTTP: a session is used like a key, and everything of one's own account is reached by it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from openaisle.entrypoints.http.api import Api
from openaisle.kernel.permissions import UserRole
from tests.factories.http import Called, call
from tests.support.people_stage import EMAIL, PASSWORD, PeopleStage, people_in

OTHER_PASSWORD = "nine silver bicycles"


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[PeopleStage]:
    async with people_in(tmp_path) as stage:
        yield stage


async def send(stage: PeopleStage, method: str, path: str, body: Any = None, *, key: str | None = None) -> Called:
    api = Api(
        operations=stage.room.operations(),
        authenticate=stage.room.recognition.authenticate,
        clock=stage.clock,
        maximum_seconds=5,
        maximum_requests_at_once=10,
        note=stage.room.audit.record,
    )
    sent = msgspec.json.encode(body) if body is not None else b""
    return await call(api, method=method, path=path, body=sent, headers={"content-type": "application/json"}, key=key)


async def token_of(stage: PeopleStage, *, password: str = PASSWORD) -> str:
    opened = await send(stage, "POST", "/v1/sessions", {"email": EMAIL, "password": password})
    assert opened.status == 201, opened
    return str(opened.json()["token"])


async def test_a_session_is_used_like_a_key_until_it_is_ended(stage: PeopleStage) -> None:
    await stage.user(role=UserRole.REVIEWER)
    token = await token_of(stage)
    own = (await send(stage, "GET", "/v1/me", key=token)).json()
    assert (own["user"]["email"], own["user_role"]) == (EMAIL, "reviewer")
    assert "people.manage" not in own["permissions"]
    (session,) = (await send(stage, "GET", "/v1/sessions", key=token)).json()["sessions"]
    assert (await send(stage, "DELETE", f"/v1/sessions/{session['session_id']}", key=token)).status == 204
    ended = await send(stage, "GET", "/v1/me", key=token)
    assert (ended.status, ended.json()["code"]) == (401, "session-ended")


async def test_signing_out_everywhere_and_a_new_password_end_every_token(stage: PeopleStage) -> None:
    await stage.user()
    tokens = [await token_of(stage) for _ in range(2)]
    assert (await send(stage, "DELETE", "/v1/sessions", key=tokens[0])).status == 204
    assert [(await send(stage, "GET", "/v1/me", key=token)).status for token in tokens] == [401, 401]
    token = await token_of(stage)
    body = {"current_password": PASSWORD, "password": OTHER_PASSWORD}
    changed = await send(stage, "POST", "/v1/me/password", body, key=token)
    assert (await send(stage, "GET", "/v1/me", key=token)).status == 401
    assert (await send(stage, "GET", "/v1/me", key=changed.json()["token"])).status == 200


async def test_unknown_and_wrong_are_answered_with_the_same_bytes(stage: PeopleStage) -> None:
    await stage.user()
    answers = set()
    for email in (EMAIL, "nobody@marketplace.example"):
        refused = await send(stage, "POST", "/v1/sessions", {"email": email, "password": "wrong password"})
        problem = refused.json()
        del problem["correlation_id"]
        answers.add((refused.status, msgspec.json.encode(problem)))
        reset = await send(stage, "POST", "/v1/password-resets", {"email": email})
        answers.add((reset.status, reset.body))
    assert len(answers) == 2


async def test_users_are_invited_listed_changed_and_disabled_and_nothing_secret_is_told(stage: PeopleStage) -> None:
    await stage.user()
    token = await token_of(stage)
    body = {"email": "bo@marketplace.example", "name": "Bo", "role": "finance"}
    invited = (await send(stage, "POST", "/v1/users", body, key=token)).json()
    path = f"/v1/users/{invited['user_id']}"
    assert (await send(stage, "POST", f"{path}/role", {"role": "reviewer"}, key=token)).json()["role"] == "reviewer"
    disabled = await send(stage, "POST", f"{path}/state", {"state": "disabled"}, key=token)
    assert disabled.json()["state"] == "disabled"
    listed = await send(stage, "GET", "/v1/users", key=token)
    assert [user["email"] for user in listed.json()["users"]] == [EMAIL, "bo@marketplace.example"]
    assert b"argon2" not in listed.body
    assert b"hash" not in listed.body
    actions = {entry["action"] for entry in (await send(stage, "GET", "/v1/audit", key=token)).json()["entries"]}
    assert {"user.invited", "user.role_changed", "user.disabled", "signed_in"} <= actions
