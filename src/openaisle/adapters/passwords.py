"""Passwords hashed by argon2id, on threads of their own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import argon2
from argon2.exceptions import InvalidHashError, VerificationError

# OWASP's first choice for argon2id: 19 MiB, two passes, one lane: about 30 ms of one core.
_MEMORY_KIBIBYTES = 19_456
_PASSES = 2
# So many at once: whoever floods the sign-in page fills neither the memory nor the processor.
_AT_ONCE = 2
_MAXIMUM_BYTES = 1_024

ResultT = TypeVar("ResultT")


class Argon2Hasher:
    """Implements the PasswordHasher port."""

    def __init__(self, *, memory_kibibytes: int = _MEMORY_KIBIBYTES, passes: int = _PASSES) -> None:
        """Take how much memory and how many passes one hash costs."""
        self._hasher = argon2.PasswordHasher(time_cost=passes, memory_cost=memory_kibibytes, parallelism=1)
        self._threads = ThreadPoolExecutor(max_workers=_AT_ONCE, thread_name_prefix="passwords")
        self._nobodys: str | None = None

    async def hashed(self, *, password: str) -> str:
        """Return a hash with a salt of its own."""
        return await self._run(self._hash, password)

    async def fits(self, *, password: str, password_hash: str) -> bool:
        """Return whether the password is that of the hash; False too for a text that is no hash."""
        return await self._run(self._verify, password, password_hash)

    async def spend(self) -> None:
        """Spend the time of one comparison."""
        if self._nobodys is None:
            self._nobodys = await self._run(self._hash, "nobody's password")
        await self._run(self._verify, "another password", self._nobodys)

    def is_outdated(self, *, password_hash: str) -> bool:
        """Return whether the hash was made with other parameters than today's."""
        try:
            return self._hasher.check_needs_rehash(password_hash)
        except InvalidHashError:
            return True

    async def _run(self, work: Callable[..., ResultT], *arguments: str) -> ResultT:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work, *arguments)

    def _hash(self, password: str) -> str:
        return self._hasher.hash(_bounded(password))

    def _verify(self, password: str, password_hash: str) -> bool:
        try:
            return self._hasher.verify(password_hash, _bounded(password))
        except (VerificationError, InvalidHashError):
            return False


def _bounded(password: str) -> bytes:
    # What is longer was refused when it was chosen; here it must only not cost more than others.
    return password.encode("utf-8", "surrogatepass")[:_MAXIMUM_BYTES]
