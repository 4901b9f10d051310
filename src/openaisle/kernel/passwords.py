"""The port of password hashing: passwords are kept only as slow hashes."""

from __future__ import annotations

from typing import Protocol


class PasswordHasher(Protocol):
    """Hashes passwords so slowly that a stolen store is of little use; it never holds up the event loop."""

    async def hashed(self, *, password: str) -> str:
        """Return a hash with a salt of its own, an ASCII text of at most 200 characters."""
        ...

    async def fits(self, *, password: str, password_hash: str) -> bool:
        """Return whether the password is that of the hash; False too for a text that is no hash."""
        ...

    async def spend(self) -> None:
        """Spend the time of one comparison, so that an unknown account answers no sooner than a known one."""
        ...

    def is_outdated(self, *, password_hash: str) -> bool:
        """Return whether the hash was made with weaker parameters than today's, and should be made anew."""
        ...
