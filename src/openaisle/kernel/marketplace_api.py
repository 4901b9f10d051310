"""The port of OpenAisle's own HTTP API seen from outside, as replays and demonstrations use it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from openaisle.kernel.errors import OpenAisleError


class ApiAnswerUnexpected(OpenAisleError):
    """The API answered with a problem where success was needed; ``problem`` is its body."""

    code = "api-answer-unexpected"
    title = "The marketplace refused a request"
    status = 502
    mend = "Read the problem in detail; it says what to mend."

    def __init__(self, *, detail: str, answered: int, problem: Any) -> None:  # noqa: ANN401 - any JSON
        super().__init__(detail=detail)
        self.answered = answered
        self.problem = problem


class ApiUnreachable(OpenAisleError):
    """The API did not answer for as long as the client was told to be patient."""

    code = "api-unreachable"
    title = "The marketplace does not answer"
    status = 504
    mend = "See whether it runs, then start again; what was done is kept."


class MarketplaceApi(Protocol):
    """Calls the API with one key. A call may be sent more than once, so only repeatable ones belong here."""

    def acting_as(self, *, api_key: str) -> MarketplaceApi:
        """Return the same API, over the same connections, called with another key."""
        ...

    async def get(self, *, path: str) -> Any:  # noqa: ANN401 - any JSON
        """Return the decoded answer; raises ApiAnswerUnexpected or ApiUnreachable."""
        ...

    async def send(
        self,
        *,
        method: str,
        path: str,
        body: object = None,
        raw: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Any:  # noqa: ANN401 - any JSON
        """Send ``body`` as JSON, or ``raw`` as it is, and return the decoded answer; raises as ``get``."""
        ...

    async def close(self) -> None:
        """Close the connections."""
        ...
