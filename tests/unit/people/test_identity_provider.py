"""Signing in by an identity provider, against a real one over HTTP: who gets in, and every way of cheating."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from joserfc.jwk import RSAKey

from openaisle.adapters.http.caller import GuardedHttpCaller
from openaisle.config import Settings
from openaisle.kernel.identity_tokens import IdentityTokenInvalid
from openaisle.kernel.outbound import AddressRefused
from openaisle.kernel.permissions import UserRole
from openaisle.people.identity_provider import ProviderAbsent, ProviderSignInRefused, ProviderUnusable, role_pairs
from openaisle.people.sign_in import SignedIn
from tests.support.openid_provider import FakeOidcProvider, running_provider
from tests.support.people_stage import EMAIL, PeopleStage, people_in

ROLES = ("marketplace-admins=administrator", "marketplace-reviewers=reviewer", "everybody=read_only")


@pytest.fixture
async def provider() -> AsyncIterator[FakeOidcProvider]:
    async with running_provider() as provider:
        yield provider


@pytest.fixture
async def stage(tmp_path: Path, provider: FakeOidcProvider) -> AsyncIterator[PeopleStage]:
    settings = Settings(
        public_address="https://marketplace.example",
        oidc_issuer=provider.issuer,
        oidc_client_id="openaisle",
        oidc_client_secret="between us",
        oidc_roles=ROLES,
    )
    caller = GuardedHttpCaller(allowed_private_hosts=["127.0.0.1"], plain_http=True)
    try:
        async with people_in(tmp_path, settings=settings, caller=caller) as stage:
            provider.now = lambda: int(stage.clock.now().timestamp())
            yield stage
    finally:
        await caller.close()


async def sign_in(stage: PeopleStage, provider: FakeOidcProvider, **changes: Any) -> SignedIn:
    room = stage.room.identity_provider
    departure = await room.begin(next_path="/console/orders", context=stage.context())
    back = {**provider.authorize(departure.address), "browser_token": departure.browser_token, **changes}
    done, next_path = await room.finish(context=stage.context(), **back)
    assert next_path == "/console/orders"
    return done


async def test_a_person_of_a_mapped_group_gets_in_with_its_role(stage: PeopleStage, provider: FakeOidcProvider) -> None:
    done = await sign_in(stage, provider)
    assert (done.user.email, done.user.role) == (EMAIL, UserRole.REVIEWER)
    recognized = await stage.room.sessions.recognized(token=done.token, at=stage.clock.now())
    assert recognized.principal.user_role is UserRole.REVIEWER


async def test_the_role_follows_the_groups_with_each_sign_in(stage: PeopleStage, provider: FakeOidcProvider) -> None:
    await sign_in(stage, provider)
    provider.claims["groups"] = ["everybody"]
    assert (await sign_in(stage, provider)).user.role is UserRole.READ_ONLY
    provider.claims["groups"] = ["everybody", "marketplace-admins"]
    assert (await sign_in(stage, provider)).user.role is UserRole.ADMINISTRATOR


@pytest.mark.parametrize("groups", [[], ["strangers"], "strangers", None, 7, [["marketplace-admins"]]])
async def test_who_is_in_no_mapped_group_is_refused(
    stage: PeopleStage, provider: FakeOidcProvider, groups: Any
) -> None:
    provider.claims["groups"] = groups
    with pytest.raises(ProviderSignInRefused):
        await sign_in(stage, provider)


@pytest.mark.parametrize(
    "changes",
    [
        {"nonce": "of another sign-in"},
        {"iss": "https://other.example"},
        {"aud": "another-client"},
        {"aud": ["openaisle", "another-client"]},
        {"exp": 1_000_000_000},
        {"iat": 9_000_000_000},
        {"sub": None},
    ],
)
async def test_a_token_that_is_not_the_answer_to_our_question_is_refused(
    stage: PeopleStage, provider: FakeOidcProvider, changes: dict[str, Any]
) -> None:
    provider.claims.update(changes)
    with pytest.raises((IdentityTokenInvalid, ProviderSignInRefused)):
        await sign_in(stage, provider)


async def test_a_token_signed_by_another_key_is_refused(stage: PeopleStage, provider: FakeOidcProvider) -> None:
    provider.signing_key = RSAKey.generate_key(2048, parameters={"kid": "one"})
    with pytest.raises(IdentityTokenInvalid):
        await sign_in(stage, provider)


async def test_a_token_signed_with_the_public_key_as_a_secret_is_refused(
    stage: PeopleStage, provider: FakeOidcProvider
) -> None:
    provider.forge_with_public_key()
    with pytest.raises(IdentityTokenInvalid):
        await sign_in(stage, provider)


@pytest.mark.parametrize("token", ["", "a.b.c", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.", "x" * 30_000])
def test_a_text_that_is_no_signed_token_is_refused(stage: PeopleStage, provider: FakeOidcProvider, token: str) -> None:
    import msgspec
    from joserfc.jwk import KeySet

    with pytest.raises(IdentityTokenInvalid):
        stage.engines.identity_tokens.claims(
            token=token,
            key_set=msgspec.json.encode(KeySet([provider.key]).as_dict(private=False)),
            issuer=provider.issuer,
            audience="openaisle",
            nonce="n",
            at=stage.clock.now(),
        )


async def test_the_answer_of_one_browser_opens_nothing_in_another(
    stage: PeopleStage, provider: FakeOidcProvider
) -> None:
    with pytest.raises(ProviderSignInRefused):
        await sign_in(stage, provider, browser_token="of another browser")
    with pytest.raises(ProviderSignInRefused):
        await sign_in(stage, provider, browser_token="")


async def test_an_answer_works_once_and_for_ten_minutes(stage: PeopleStage, provider: FakeOidcProvider) -> None:
    room = stage.room.identity_provider
    departure = await room.begin(next_path="/console/", context=stage.context())
    back = {**provider.authorize(departure.address), "browser_token": departure.browser_token}
    await room.finish(context=stage.context(), **back)
    with pytest.raises(ProviderSignInRefused):
        await room.finish(context=stage.context(), **back)
    departure = await room.begin(next_path="/console/", context=stage.context())
    back = {**provider.authorize(departure.address), "browser_token": departure.browser_token}
    stage.clock.pass_by(minutes=10)
    with pytest.raises(ProviderSignInRefused):
        await room.finish(context=stage.context(), **back)


async def test_an_invented_code_or_state_opens_nothing(stage: PeopleStage, provider: FakeOidcProvider) -> None:
    with pytest.raises(ProviderSignInRefused):
        await sign_in(stage, provider, code="invented")
    with pytest.raises(ProviderSignInRefused):
        await sign_in(stage, provider, state="invented")


@pytest.mark.parametrize("changes", [{"email_verified": False}, {"email_verified": "true"}, {"email": 7}])
async def test_an_address_that_the_provider_has_not_verified_opens_nothing(
    stage: PeopleStage, provider: FakeOidcProvider, changes: dict[str, Any]
) -> None:
    provider.claims.update(changes)
    with pytest.raises(ProviderSignInRefused):
        await sign_in(stage, provider)


async def test_another_identity_with_the_address_of_one_who_is_known_is_refused(
    stage: PeopleStage, provider: FakeOidcProvider
) -> None:
    await sign_in(stage, provider)
    provider.claims["sub"] = "person-2"
    with pytest.raises(ProviderSignInRefused):
        await sign_in(stage, provider)


async def test_a_disabled_account_and_a_suppliers_user_stay_outside(
    stage: PeopleStage, provider: FakeOidcProvider
) -> None:
    admin = await stage.user(email="admin@marketplace.example")
    done = await sign_in(stage, provider)
    context = stage.context(user=admin)
    await stage.room.people.disable(user_id=done.user.user_id, supplier_id=None, context=context)
    with pytest.raises(ProviderSignInRefused):
        await sign_in(stage, provider)
    await stage.user(email="owner@supplier.example", role=UserRole.OWNER, supplier_id="sup_1")
    provider.claims.update({"email": "owner@supplier.example", "sub": "person-3"})
    with pytest.raises(ProviderSignInRefused):
        await sign_in(stage, provider)


async def test_a_provider_in_a_private_network_is_called_only_where_it_is_allowed(
    tmp_path: Path, provider: FakeOidcProvider
) -> None:
    caller = GuardedHttpCaller(allowed_private_hosts=[], plain_http=True)
    settings = Settings(oidc_issuer=provider.issuer, oidc_client_id="openaisle")
    async with people_in(tmp_path, settings=settings, caller=caller) as stage:
        with pytest.raises(AddressRefused):
            await stage.room.identity_provider.begin(next_path="/", context=stage.context())
    await caller.close()


async def test_a_provider_that_calls_itself_otherwise_is_not_believed(
    stage: PeopleStage, provider: FakeOidcProvider
) -> None:
    provider.issuer += "/other"
    with pytest.raises(ProviderUnusable):
        await stage.room.identity_provider.begin(next_path="/", context=stage.context())


async def test_without_settings_there_is_no_provider(tmp_path: Path) -> None:
    async with people_in(tmp_path) as stage:
        assert not stage.room.identity_provider.is_offered
        with pytest.raises(ProviderAbsent):
            await stage.room.identity_provider.begin(next_path="/", context=stage.context())


@pytest.mark.parametrize("text", ["", "admins", "=administrator", "admins=", "admins=owner", "admins=king"])
def test_a_mapping_that_gives_no_role_of_the_staff_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a group and a role"):
        role_pairs(texts=(text,))
