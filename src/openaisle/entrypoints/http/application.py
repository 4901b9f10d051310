"""The whole web application: the API, the console, and the pages that explain the API."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount
from starlette.types import ASGIApp, Receive, Scope, Send

from openaisle.entrypoints.http.api import Api, correlation_id_of, failed, refused
from openaisle.entrypoints.http.compression import Compressed
from openaisle.entrypoints.http.deferred import Deferred
from openaisle.entrypoints.http.errors import MethodNotAllowed, PathUnknown
from openaisle.entrypoints.http.pages import page_routes
from openaisle.entrypoints.http.rate_limit import RateLimit
from openaisle.entrypoints.http.replies import Reply
from openaisle.kernel.errors import OpenAisleError

if TYPE_CHECKING:
    from openaisle.bootstrap import Marketplace

_API_PREFIX = "/v1/"
CONSOLE_PATH = "/console"
PORTAL_PATH = "/portal"


class Application:
    """Sends what is under ``/v1/`` to the API and all else to the pages.

    The API stands beside Starlette and not inside it: its middleware and router would add about a third to the
    cost of a small request, and the API needs neither.
    """

    def __init__(self, *, api: ASGIApp, pages: ASGIApp) -> None:
        """Take the two halves."""
        self._api = api
        self._pages = pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] == "http" and scope["path"].startswith(_API_PREFIX):
            await self._api(scope, receive, send)
        else:
            await self._pages(scope, receive, send)


def http_application(*, marketplace: Marketplace) -> ASGIApp:
    """Return the web application of an open marketplace."""
    settings = marketplace.settings
    limit = RateLimit(
        per_address=settings.applications_per_minute_and_address, overall=settings.applications_per_minute
    )
    api = Api(
        operations=marketplace.operations,
        authenticate=marketplace.rooms.people.recognition.authenticate,
        clock=marketplace.clock,
        maximum_seconds=settings.request_seconds_maximum,
        maximum_requests_at_once=settings.maximum_requests_at_once,
        note=marketplace.rooms.people.audit.record,
        limit=limit,
    )
    routes = [
        *page_routes(operations=marketplace.operations, ready=marketplace.require_ready, home_path=CONSOLE_PATH),
        Mount(CONSOLE_PATH, app=Deferred(load=lambda: _console(marketplace))),
        Mount(PORTAL_PATH, app=Deferred(load=lambda: _portal(marketplace, limit))),
    ]
    return Compressed(application=Application(api=api, pages=_pages(routes=routes)))


def _console(marketplace: Marketplace) -> ASGIApp:
    from openaisle.entrypoints.console.application import console_application

    return console_application(marketplace=marketplace)


def _portal(marketplace: Marketplace, limit: RateLimit) -> ASGIApp:
    from openaisle.entrypoints.portal.application import portal_application

    return portal_application(marketplace=marketplace, limit=limit)


def _pages(*, routes: list[BaseRoute]) -> Starlette:
    handlers: dict[int | type[Exception], Callable[[Request, Exception], Awaitable[Response]]] = {
        HTTPException: _translated,
        OpenAisleError: _named,
        Exception: _unforeseen,
    }
    return Starlette(routes=routes, exception_handlers=handlers)


async def _translated(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    if status == 405:
        named: OpenAisleError = MethodNotAllowed(detail="This page is only read.", allowed=("GET", "HEAD"))
    else:
        named = PathUnknown(detail=f"Nothing stands at {request.url.path[:100]!r}.")
    return await _named(request, named)


async def _named(request: Request, error: Exception) -> Response:
    if not isinstance(error, OpenAisleError):
        raise error
    return _response(refused(error=error, scope=request.scope, correlation_id=_correlation_id(request)))


async def _unforeseen(request: Request, error: Exception) -> Response:
    return _response(failed(error=error, scope=request.scope, correlation_id=_correlation_id(request)))


def _correlation_id(request: Request) -> str:
    return correlation_id_of(given=request.headers.get("x-correlation-id"))


def _response(reply: Reply) -> Response:
    response = Response(content=reply.body, status_code=reply.status)
    response.raw_headers = reply.headers
    return response
