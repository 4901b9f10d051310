"""The console and the portal, as far as coming in differs between them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from openaisle.entrypoints.console.rendering import rendered
from openaisle.entrypoints.console.sessions.model import StaffOnly
from openaisle.kernel.context import Role
from openaisle.kernel.errors import OpenAisleError

# Whose people come in where: a link that sets a password leads each to their own door.
_PATHS = {Role.OPERATOR: "/console", Role.SUPPLIER: "/portal"}


@dataclass(frozen=True, kw_only=True)
class House:
    """A place that people of one party sign in to; ``path`` is where it is mounted, and its cookies go no further.

    ``draw`` returns the HTML of a template, and ``stranger`` is the error for people of another party.
    """

    path: str
    party: Role
    session_cookie: str
    visit_cookie: str
    sign_in_template: str
    draw: Callable[[str, Mapping[str, Any]], str]
    stranger: type[OpenAisleError]

    @property
    def home(self) -> str:
        """Where somebody arrives who came in."""
        return f"{self.path}/"

    @property
    def sign_in_href(self) -> str:
        """Where the door is."""
        return f"{self.path}/sign-in"


def sign_in_href_of(*, party: Role) -> str:
    """Return where people of a party sign in."""
    return f"{_PATHS[party]}/sign-in"


CONSOLE = House(
    path="/console",
    party=Role.OPERATOR,
    session_cookie="openaisle_session",
    visit_cookie="openaisle_visit",
    sign_in_template="sign_in",
    draw=lambda template, values: rendered(template=template, values=dict(values)),
    stranger=StaffOnly,
)
