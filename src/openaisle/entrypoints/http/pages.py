"""Pages that explain: the API at /docs, each problem at /problems/<code>, and the state of health."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import jinja2
import msgspec
from markupsafe import Markup, escape
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

import openaisle
from openaisle.entrypoints.http.errors import NotReady, PathUnknown
from openaisle.entrypoints.http.examples import example_of
from openaisle.entrypoints.http.openapi import errors_of, first_sentence, openapi_document
from openaisle.entrypoints.http.replies import API_HEADERS
from openaisle.kernel.errors import OpenAisleError, every_error
from openaisle.kernel.http import Operation

_TEMPLATES = Path(__file__).parent / "templates"
# The pages carry their style in themselves and run no script.
_PAGE_HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'",
}
_CODE = re.compile(r"`([^`]+)`")
_KINDS = {
    "integer": "whole number",
    "number": "number",
    "boolean": "true or false",
    "object": "object",
    "null": "null",
}
_FORMATS = {"date-time": "moment", "date": "day"}
_CACHED = {"cache-control": "public, max-age=60"}
_JSON_HEADERS = {name.decode(): value.decode() for name, value in API_HEADERS}


def page_routes(
    *, operations: Sequence[Operation], ready: Callable[[], Awaitable[None]], home_path: str
) -> list[BaseRoute]:
    """Return the routes of the pages; they are drawn on the first request for them, then kept."""
    pages = _Pages(operations=operations, ready=ready, home_path=home_path)
    return [
        Route("/", pages.home),
        Route("/docs", pages.documentation),
        Route("/openapi.json", pages.openapi),
        Route("/problems", pages.problems),
        Route("/problems/{code}", pages.problem),
        Route("/health/live", pages.live),
        Route("/health/ready", pages.is_ready),
    ]


class _Pages:
    def __init__(
        self, *, operations: Sequence[Operation], ready: Callable[[], Awaitable[None]], home_path: str
    ) -> None:
        self._operations = operations
        self._ready = ready
        self._home_path = home_path
        self._templates = jinja2.Environment(
            loader=jinja2.FileSystemLoader(_TEMPLATES),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.filters["kind"] = kind_of
        self._templates.filters["prose"] = prose
        self._document: dict[str, Any] | None = None
        self._kept: dict[str, str] = {}

    async def home(self, request: Request) -> Response:
        """Lead to where people look first."""
        del request
        return RedirectResponse(self._home_path, headers=_PAGE_HEADERS)

    async def openapi(self, request: Request) -> Response:
        """Answer the OpenAPI document."""
        del request
        return Response(
            msgspec.json.encode(self._described()), media_type="application/json", headers={**_JSON_HEADERS, **_CACHED}
        )

    async def documentation(self, request: Request) -> Response:
        """Show the API."""
        del request
        if "docs" not in self._kept:
            self._kept["docs"] = self._drawn("docs.html", groups=self._groups(), document=self._described())
        return HTMLResponse(self._kept["docs"], headers=_PAGE_HEADERS)

    async def problems(self, request: Request) -> Response:
        """Show every problem."""
        del request
        return HTMLResponse(self._drawn("problems.html", errors=named_errors()), headers=_PAGE_HEADERS)

    async def problem(self, request: Request) -> Response:
        """Explain one problem."""
        code = request.path_params["code"]
        alike = [error for error in named_errors() if error.code == code]
        if not alike:
            raise PathUnknown(detail="There is no problem of that code.")
        answering = [operation for operation in self._operations if alike[0] in errors_of(operation=operation)]
        page = self._drawn("problem.html", error=alike[0], explanation=explanation_of(alike[0]), operations=answering)
        return HTMLResponse(page, headers=_PAGE_HEADERS)

    async def live(self, request: Request) -> Response:
        """Tell that the process answers."""
        del request
        return Response(b'{"state":"live"}', media_type="application/json", headers=_JSON_HEADERS)

    async def is_ready(self, request: Request) -> Response:
        """Tell that requests can be served; raises NotReady."""
        del request
        try:
            await self._ready()
        except Exception as error:
            raise NotReady(detail="The store cannot be read.", retry_after_seconds=1) from error
        return Response(b'{"state":"ready"}', media_type="application/json", headers=_JSON_HEADERS)

    def _described(self) -> dict[str, Any]:
        if self._document is None:
            self._document = openapi_document(operations=self._operations)
        return self._document

    def _groups(self) -> list[dict[str, Any]]:
        document = self._described()
        components = document["components"]["schemas"]
        groups: dict[str, list[dict[str, Any]]] = {}
        for operation in self._operations:
            described = document["paths"][operation.path][operation.method.lower()]
            groups.setdefault(operation.tag, []).append(
                {
                    "operation": operation,
                    "roles": described["x-roles"],
                    "parameters": [one for one in described.get("parameters", ()) if one["in"] != "header"],
                    "body": _shown_body(described.get("requestBody"), components),
                    "answer": _shown_body(described["responses"][str(operation.status)], components),
                    "errors": errors_of(operation=operation),
                }
            )
        return [{"tag": tag, "operations": operations} for tag, operations in groups.items()]

    def _drawn(self, name: str, **values: Any) -> str:  # noqa: ANN401 - whatever the template shows
        return self._templates.get_template(name).render(version=openaisle.__version__, **values)


def _shown_body(body: dict[str, Any] | None, components: dict[str, Any]) -> dict[str, Any] | None:
    if body is None or not body.get("content"):
        return None
    media_type, content = next(iter(body["content"].items()))
    if media_type != "application/json":
        return {"media_type": " or ".join(body["content"]), "example": "", "fields": []}
    schema = content["schema"]
    example = example_of(schema=schema, components=components)
    return {
        "media_type": media_type,
        "example": json.dumps(example, indent=2, ensure_ascii=False),
        "fields": list(_fields(schema, components)),
    }


def _fields(schema: dict[str, Any], components: dict[str, Any]) -> Iterable[dict[str, str]]:
    resolved = components[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
    required = set(resolved.get("required", ()))
    for name, inner in resolved.get("properties", {}).items():
        yield {"name": name, "kind": kind_of(inner), "presence": "required" if name in required else "optional"}


def kind_of(schema: dict[str, Any]) -> str:
    """Return a schema in a few words: ``text, 1 to 64 characters``, ``list of OrderLine``."""
    if "$ref" in schema:
        return str(schema["$ref"].rpartition("/")[2])
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(kind_of(one) for one in schema["anyOf"]))
    if "enum" in schema:
        return " or ".join(str(value) for value in schema["enum"])
    if schema.get("type") == "array":
        return f"list of {kind_of(schema.get('items', {}))}" + _bounds(schema, "minItems", "maxItems", "")
    if schema.get("type") == "string":
        kind = _FORMATS.get(schema.get("format", ""), "text")
        return kind + _bounds(schema, "minLength", "maxLength", " characters")
    kind = _KINDS.get(schema.get("type", ""), "any")
    return kind + _bounds(schema, "minimum", "maximum", "")


def _bounds(schema: dict[str, Any], lowest: str, highest: str, unit: str) -> str:
    if lowest in schema and highest in schema:
        return f", {schema[lowest]} to {schema[highest]}{unit}"
    if highest in schema:
        return f", at most {schema[highest]}{unit}"
    if lowest in schema:
        return f", at least {schema[lowest]}{unit}"
    return ""


def prose(text: str) -> Markup:
    """Return a sentence with what stands between backticks set as code."""
    return Markup(_CODE.sub(r"<code>\1</code>", str(escape(text))))  # noqa: S704 - escaped just here


def named_errors() -> list[type[OpenAisleError]]:
    """Return every error class of the product that is loaded, one a code, by code."""
    by_code: dict[str, type[OpenAisleError]] = {}
    for error in every_error():
        if error.__module__.startswith("openaisle."):
            by_code.setdefault(error.code, error)
    return [by_code[code] for code in sorted(by_code)]


def explanation_of(error: type[OpenAisleError]) -> str:
    """Return what the docstring of an error says first."""
    return first_sentence(error.__doc__ or error.title)
