"""What every password hasher does."""

from __future__ import annotations

import asyncio

import pytest

from openaisle.adapters.passwords import Argon2Hasher
from openaisle.kernel.passwords import PasswordHasher

HASHERS = {"argon2": Argon2Hasher}


@pytest.fixture(params=sorted(HASHERS))
def hasher(request: pytest.FixtureRequest) -> PasswordHasher:
    return HASHERS[request.param](memory_kibibytes=64, passes=1)


@pytest.mark.parametrize("password", ["seven green lanterns", "ключ от сейфа", "🔑" * 50, "", "\ud800"])
async def test_only_the_password_itself_fits_its_hash(hasher: PasswordHasher, password: str) -> None:
    password_hash = await hasher.hashed(password=password)
    assert await hasher.fits(password=password, password_hash=password_hash)
    assert not await hasher.fits(password=password + " ", password_hash=password_hash)
    assert password_hash.isascii()
    assert len(password_hash) <= 200


async def test_the_same_password_never_hashes_the_same(hasher: PasswordHasher) -> None:
    hashes = {await hasher.hashed(password="seven green lanterns") for _ in range(5)}
    assert len(hashes) == 5


@pytest.mark.parametrize("text", ["", "$", "plain", "$argon2id$v=19$m=8,t=1,p=1$a$b", "$2b$12$" + "a" * 53])
async def test_a_text_that_is_no_hash_fits_nothing_and_is_outdated(hasher: PasswordHasher, text: str) -> None:
    assert not await hasher.fits(password="seven green lanterns", password_hash=text)
    assert hasher.is_outdated(password_hash=text)


async def test_a_hash_of_today_is_not_outdated_and_one_of_weaker_parameters_is(hasher: PasswordHasher) -> None:
    password_hash = await hasher.hashed(password="seven green lanterns")
    assert not hasher.is_outdated(password_hash=password_hash)
    assert Argon2Hasher(memory_kibibytes=128, passes=2).is_outdated(password_hash=password_hash)


async def test_the_hash_is_argon2id_of_at_least_19_mebibytes() -> None:
    assert (await Argon2Hasher().hashed(password="seven green lanterns")).startswith("$argon2id$v=19$m=19456,t=2,p=1$")


async def test_hashing_does_not_hold_up_the_event_loop() -> None:
    hasher = Argon2Hasher()
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    counting = asyncio.create_task(count())
    await hasher.spend()
    counting.cancel()
    assert turns > 10
