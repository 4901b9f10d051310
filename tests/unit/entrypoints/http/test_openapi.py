"""The description of the API is valid, whole, and says what the operations say."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from openaisle.bootstrap import Marketplace, open_marketplace
from openaisle.config import Settings
from openaisle.entrypoints.http.dispatch import Dispatcher
from openaisle.entrypoints.http.openapi import errors_of, openapi_document
from openaisle.kernel.http import ANYONE
from tests.factories.http import Listing, OutOfPaper, PlacedOrder, operation


@pytest.fixture
async def marketplace(tmp_path: Path) -> AsyncIterator[Marketplace]:
    async with open_marketplace(settings=Settings(home=str(tmp_path / "home"))) as opened:
        yield opened


async def test_the_description_is_valid_openapi(marketplace: Marketplace) -> None:
    document = openapi_document(operations=marketplace.operations)
    # As it goes over the wire, so that nothing in it is more than JSON.
    findings = list(OpenAPIV31SpecValidator(msgspec.json.decode(msgspec.json.encode(document))).iter_errors())
    assert findings == []


async def test_every_operation_tells_what_it_is(marketplace: Marketplace) -> None:
    lacking = [
        f"{one.method} {one.path}: {lack}"
        for one in marketplace.operations
        for lack, present in [
            ("summary", one.summary),
            ("tag", one.tag),
            ("name", one.name.isidentifier()),
            ("answer", one.answer is not None or one.status == 204),
            ("errors", one.errors or "{" not in one.path),
            ("prefix", one.path.startswith("/v1/")),
        ]
        if not present
    ]
    assert lacking == []


async def test_names_and_paths_of_operations_are_unique(marketplace: Marketplace) -> None:
    names = [one.name for one in marketplace.operations]
    assert sorted(names) == sorted(set(names))
    dispatcher: Dispatcher[str] = Dispatcher()
    for one in marketplace.operations:
        dispatcher.add(method=one.method, path=one.path, target=one.name)


async def test_every_body_refuses_what_it_does_not_know(marketplace: Marketplace) -> None:
    lenient = [
        f"{one.method} {one.path}"
        for one in marketplace.operations
        if issubclass(one.body or PlacedOrder, msgspec.Struct)
        and not (one.body or PlacedOrder).__struct_config__.forbid_unknown_fields  # type: ignore[attr-defined]
    ]
    assert lenient == []


def test_an_operation_lists_its_own_errors_and_those_of_its_kind() -> None:
    reading = operation(errors=(OutOfPaper,))
    assert {error.code for error in errors_of(operation=reading)} == {
        "authorization-malformed",
        "key-missing",
        "key-unknown",
        "forbidden",
        "parameter-invalid",
        "internal",
        "out-of-paper",
        "overloaded",
    }
    writing = operation(method="POST", body=PlacedOrder, idempotency_key=True, roles=ANYONE)
    assert {error.code for error in errors_of(operation=writing)} == {
        "body-too-large",
        "content-type-unsupported",
        "idempotency-key-malformed",
        "idempotency-key-missing",
        "internal",
        "malformed-json",
        "overloaded",
        "parameter-invalid",
        "request-invalid",
        "request-too-slow",
    }


def test_parameters_bodies_and_security_are_described() -> None:
    placing = operation(
        method="POST", path="/v1/orders/{order_id}", body=PlacedOrder, query=Listing, idempotency_key=True
    )
    described = openapi_document(operations=[placing])["paths"]["/v1/orders/{order_id}"]["post"]
    assert {(one["name"], one["in"], one["required"]) for one in described["parameters"]} == {
        ("order_id", "path", True),
        ("Idempotency-Key", "header", True),
        ("X-Correlation-Id", "header", False),
        ("state", "query", False),
        ("limit", "query", False),
        ("urgent", "query", False),
    }
    assert described["requestBody"]["content"]["application/json"]["schema"]["$ref"].endswith("/PlacedOrder")
    assert described["security"]
    conflicts = described["responses"]["422"]["content"]["application/problem+json"]["examples"]
    assert set(conflicts) == {"parameter-invalid", "request-invalid"}
