"""The cookies of the console and the portal: scripts and other sites get none of them."""

from __future__ import annotations

from typing import Literal

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from openaisle.entrypoints.console.house import House
from openaisle.entrypoints.console.sessions.model import SESSION_SECONDS

# Who comes back from an identity provider comes from another site, to which a strict cookie is not shown.
PROVIDER_COOKIE = "openaisle_provider"
VISIT_SECONDS = 3_600
PROVIDER_SECONDS = 600


def set_cookie(
    *,
    response: Response,
    request: Request,
    house: House,
    name: str,
    value: str,
    seconds: int,
    same_site: Literal["strict", "lax"] = "strict",
) -> None:
    """Keep a value in the browser for so many seconds."""
    # A proxy that ends TLS says so in a header. Whoever forges it only keeps their own cookie from plain HTTP.
    secure = "https" in {request.url.scheme, request.headers.get("x-forwarded-proto", "")}
    response.set_cookie(name, value, max_age=seconds, path=house.path, httponly=True, secure=secure, samesite=same_site)


def forget_cookie(*, response: Response, house: House, name: str) -> None:
    """Take a value out of the browser."""
    response.delete_cookie(name, path=house.path, httponly=True, samesite="strict")


def keep_session(*, response: Response, request: Request, house: House, token: str) -> None:
    """Keep a session in the browser; its token is always a new one, whatever the browser brought."""
    set_cookie(
        response=response,
        request=request,
        house=house,
        name=house.session_cookie,
        value=token,
        seconds=SESSION_SECONDS,
    )


def signed_in(*, request: Request, house: House, token: str, href: str) -> Response:
    """Lead on with a session in a cookie."""
    response = RedirectResponse(href, status_code=303)
    keep_session(response=response, request=request, house=house, token=token)
    return response


def signed_out(*, house: House) -> Response:
    """Lead to the door without a session."""
    response = RedirectResponse(house.sign_in_href, status_code=303)
    forget_cookie(response=response, house=house, name=house.session_cookie)
    return response
