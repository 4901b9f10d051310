"""The cookies of the console: scripts and other sites get none of them."""

from __future__ import annotations

from typing import Literal

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from openaisle.entrypoints.console.door import SESSION_COOKIE
from openaisle.entrypoints.console.sessions.model import SESSION_SECONDS

# Before there is a session, forms are tied to the browser by this cookie.
VISIT_COOKIE = "openaisle_visit"
# Who comes back from an identity provider comes from another site, to which a strict cookie is not shown.
PROVIDER_COOKIE = "openaisle_provider"
VISIT_SECONDS = 3_600
PROVIDER_SECONDS = 600
_PATH = "/console"


def set_cookie(
    *,
    response: Response,
    request: Request,
    name: str,
    value: str,
    seconds: int,
    same_site: Literal["strict", "lax"] = "strict",
) -> None:
    """Keep a value in the browser for so many seconds."""
    # A proxy that ends TLS says so in a header. Whoever forges it only keeps their own cookie from plain HTTP.
    secure = "https" in {request.url.scheme, request.headers.get("x-forwarded-proto", "")}
    response.set_cookie(name, value, max_age=seconds, path=_PATH, httponly=True, secure=secure, samesite=same_site)


def forget_cookie(*, response: Response, name: str) -> None:
    """Take a value out of the browser."""
    response.delete_cookie(name, path=_PATH, httponly=True, samesite="strict")


def signed_in(*, request: Request, token: str, href: str) -> Response:
    """Lead on with a session in a cookie; its token is always a new one, whatever the browser brought."""
    response = RedirectResponse(href, status_code=303)
    set_cookie(response=response, request=request, name=SESSION_COOKIE, value=token, seconds=SESSION_SECONDS)
    return response
