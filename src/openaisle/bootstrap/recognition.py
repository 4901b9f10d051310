"""Tells who calls: by the token of a session, or by an API key."""

from __future__ import annotations

from openaisle.access.use_cases import ApiKeys
from openaisle.kernel.context import Clock, Principal
from openaisle.people.model import SESSION_PREFIX
from openaisle.people.sessions import UserSessions


class Recognition:
    """Joins the two ways of being somebody, which their rooms do not know of each other."""

    def __init__(self, *, api_keys: ApiKeys, sessions: UserSessions, clock: Clock) -> None:
        """Take the keys, the sessions and the clock."""
        self._api_keys = api_keys
        self._sessions = sessions
        self._clock = clock

    async def authenticate(self, *, text: str | None) -> Principal:
        """Return who presents a text; raises KeyMissing, KeyUnknown, SessionEnded."""
        if text is not None and text.startswith(SESSION_PREFIX):
            return (await self._sessions.recognized(token=text, at=self._clock.now())).principal
        return await self._api_keys.authenticate(text=text)
