"""The API described as OpenAPI 3.1, derived from the operations and their types, so that it cannot lag behind."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

import openaisle
from openaisle.entrypoints.http.errors import (
    AuthorizationMalformed,
    ContentTypeUnsupported,
    Forbidden,
    IdempotencyKeyMalformed,
    IdempotencyKeyMissing,
    MalformedJson,
    Overloaded,
    ParameterInvalid,
    RequestTooSlow,
)
from openaisle.entrypoints.http.rate_limit import RequestsTooMany
from openaisle.entrypoints.http.replies import PROBLEM_MEDIA_TYPE, PROBLEM_TYPE_PREFIX, Problem
from openaisle.kernel.blobs import BlobTooLarge
from openaisle.kernel.context import Role
from openaisle.kernel.errors import OpenAisleError, RequestInvalid
from openaisle.kernel.http import Operation

Schema = dict[str, Any]

_REFERENCE = "#/components/schemas/{name}"
_PARAMETER = re.compile(r"\{(\w+)\}")
_SECURITY_SCHEME = "api_key"
_TITLES = {
    200: "Done",
    201: "Made",
    202: "Taken on; it is worked on after the answer",
    204: "Done, nothing to tell",
}


def errors_of(*, operation: Operation) -> tuple[type[OpenAisleError], ...]:
    """Return every named error that a call of the operation may be answered with, by status and code."""
    found: list[type[OpenAisleError]] = [*operation.errors, ParameterInvalid, Overloaded, OpenAisleError]
    if operation.roles:
        found += [AuthorizationMalformed, Forbidden, *_access_errors()]
    if operation.rate_limited:
        found.append(RequestsTooMany)
    if operation.idempotency_key:
        found += [IdempotencyKeyMissing, IdempotencyKeyMalformed]
    if operation.body is not None or operation.file_media_types:
        found += [ContentTypeUnsupported, BlobTooLarge, RequestTooSlow]
    if operation.body is not None:
        found += [MalformedJson, RequestInvalid]
    by_code = {error.code: error for error in found}
    return tuple(sorted(by_code.values(), key=lambda error: (error.status, error.code)))


def _access_errors() -> tuple[type[OpenAisleError], ...]:
    from openaisle.access.model import KeyMissing, KeyUnknown

    return (KeyMissing, KeyUnknown)


def openapi_document(*, operations: Sequence[Operation], server: str = "/") -> Schema:
    """Return the OpenAPI document of the operations, as data."""
    types: list[Any] = [Problem]
    for operation in operations:
        types += [one for one in (operation.body, operation.query, operation.answer) if one is not None]
    schemas, components = msgspec.json.schema_components(types, ref_template=_REFERENCE)
    # Types such as dict or list[...] cannot be keys, so schemas are found by identity.
    by_type = {id(one): schema for one, schema in zip(types, schemas, strict=True)}
    for component in components.values():
        if "description" in component:
            component["description"] = inspect.cleandoc(component["description"]).replace("``", "`")
    paths: dict[str, Schema] = {}
    for operation in operations:
        described = _described(
            operation=operation, by_type=by_type, components=components, problem=by_type[id(Problem)]
        )
        paths.setdefault(operation.path, {})[operation.method.lower()] = described
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "OpenAisle",
            "version": openaisle.__version__,
            "summary": "The API of a third-party marketplace: suppliers, products, offers, stock, orders.",
            "description": (
                "Every error is a problem (RFC 9457) whose `code` is stable and whose `type` leads to its explanation. "
                "Times are RFC 3339 in UTC, amounts whole minor units. Fields that are not described are refused. "
                "Send `X-Correlation-Id` to find your request in the operator's logs."
            ),
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": server}],
        "tags": [{"name": tag} for tag in dict.fromkeys(operation.tag for operation in operations)],
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {
                _SECURITY_SCHEME: {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "An API key, `oa_...`, that the operator issued.",
                }
            },
        },
    }


def _described(
    *, operation: Operation, by_type: Mapping[int, Schema], components: Mapping[str, Any], problem: Schema
) -> Schema:
    described: Schema = {
        "operationId": operation.name,
        "summary": operation.summary,
        "tags": [operation.tag],
        "x-roles": sorted(role.value for role in operation.roles) or [Role.ANYONE.value],
        "security": [{_SECURITY_SCHEME: []}] if operation.roles else [],
    }
    if operation.description:
        described["description"] = operation.description
    parameters = [*_path_parameters(operation), *_header_parameters(operation)]
    if operation.query is not None:
        parameters += _query_parameters(schema=by_type[id(operation.query)], components=components)
    if parameters:
        described["parameters"] = parameters
    if operation.body is not None:
        described["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": by_type[id(operation.body)]}},
        }
    elif operation.file_media_types:
        described["requestBody"] = {
            "required": True,
            "content": {media_type: {"schema": {"type": "string"}} for media_type in operation.file_media_types},
        }
    described["responses"] = {
        str(operation.status): _success(operation=operation, by_type=by_type),
        **_failures(errors=errors_of(operation=operation), problem=problem),
    }
    return described


def _path_parameters(operation: Operation) -> Iterable[Schema]:
    for name in _PARAMETER.findall(operation.path):
        yield {"name": name, "in": "path", "required": True, "schema": {"type": "string", "maxLength": 200}}


def _header_parameters(operation: Operation) -> Iterable[Schema]:
    if operation.idempotency_key:
        yield {
            "name": "Idempotency-Key",
            "in": "header",
            "required": True,
            "description": "A value of your own for each request; a repetition with it gets the same answer.",
            "schema": {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]+$"},
        }
    yield {
        "name": "X-Correlation-Id",
        "in": "header",
        "required": False,
        "description": "Your own name for this request, repeated in the answer and in the operator's logs.",
        "schema": {"type": "string", "pattern": "^[A-Za-z0-9._:-]{1,100}$"},
    }


def _query_parameters(*, schema: Schema, components: Mapping[str, Any]) -> Iterable[Schema]:
    resolved = components[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
    required = set(resolved.get("required", ()))
    for name, described in resolved.get("properties", {}).items():
        parameter = {"name": name, "in": "query", "required": name in required, "schema": described}
        if "description" in described:
            parameter["description"] = described["description"]
        yield parameter


def _success(*, operation: Operation, by_type: Mapping[int, Schema]) -> Schema:
    response: Schema = {
        "description": _TITLES.get(operation.status, "Done"),
        "headers": {"X-Correlation-Id": {"schema": {"type": "string"}}},
    }
    if operation.answer is bytes:
        response["content"] = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
    elif operation.answer is not None:
        response["content"] = {"application/json": {"schema": by_type[id(operation.answer)]}}
    return response


def _failures(*, errors: Iterable[type[OpenAisleError]], problem: Schema) -> dict[str, Schema]:
    by_status: dict[int, list[type[OpenAisleError]]] = {}
    for error in errors:
        by_status.setdefault(error.status, []).append(error)
    responses: dict[str, Schema] = {}
    for status, alike in by_status.items():
        responses[str(status)] = {
            "description": "; ".join(f"{error.code}: {error.title}" for error in alike),
            "headers": {"X-Correlation-Id": {"schema": {"type": "string"}}},
            "content": {
                PROBLEM_MEDIA_TYPE: {
                    "schema": problem,
                    "examples": {
                        error.code: {"summary": error.title, "value": problem_example(error)} for error in alike
                    },
                }
            },
        }
    return responses


def problem_example(error: type[OpenAisleError]) -> Schema:
    """Return a problem as this error would be told."""
    return {
        "type": PROBLEM_TYPE_PREFIX + error.code,
        "title": error.title,
        "status": error.status,
        "detail": first_sentence(error.__doc__ or error.title),
        "instance": "/v1/...",
        "code": error.code,
        "mend": error.mend,
        "findings": [],
        "correlation_id": "3f0c2a7d5b1e4c8f9a6d2e7b0c4f8a1d",
    }


def first_sentence(text: str) -> str:
    """Return the first paragraph of a docstring on one line, its code marked as Markdown does."""
    return " ".join(text.strip().split("\n\n")[0].split()).replace("``", "`")
