"""The operations of suppliers, as the operator, a supplier and a stranger call them."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from openaisle.kernel.context import Role
from openaisle.kernel.errors import RequestInvalid
from openaisle.kernel.http import ANYONE, Operation, Request
from openaisle.kernel.outbound import AddressRefused
from openaisle.suppliers.bodies import AmendmentBody, ApplicationBody, ReasonBody, SupplierFilter
from openaisle.suppliers.connection import ConnectionMissing
from openaisle.suppliers.connection_bodies import ConnectionBody
from openaisle.suppliers.model import SupplierMissing, SupplierState, SupplierTransitionRefused
from openaisle.suppliers.routes import operations
from tests.factories.contexts import make_context
from tests.factories.suppliers import CNPJ, make_address, make_application
from tests.support.supplier_stage import SupplierStage

APPLICATION = {
    "legal_name": "Flores do Sul Ltda",
    "country": "BR",
    "registration_number": CNPJ,
    "email": "contato@floresdosul.com.br",
    "phone": "+5511961234567",
    "address": {
        "street_lines": ["Rua das Flores 12"],
        "city": "campinas",
        "region": "SP",
        "postal_code": "13023-000",
    },
}
PUBLIC_ADDRESS = "https://93.184.215.14/purchase-orders"


class Api:
    """Calls operations by name, with bodies decoded as the HTTP entry point decodes them."""

    def __init__(self, *, stage: SupplierStage) -> None:
        self._stage = stage
        found = operations(use_cases=stage.suppliers, connections=stage.connections, queries=stage.queries)
        self.operations: dict[str, Operation] = {one.name: one for one in found}

    async def call(
        self,
        name: str,
        *,
        body: dict[str, Any] | None = None,
        query: SupplierFilter | None = None,
        supplier_id: str = "",
        role: Role = Role.OPERATOR,
        subject_id: str = "anna",
    ) -> Any:
        operation = self.operations[name]
        self._stage.clock.go_on(seconds=1)
        request = Request(
            context=make_context(at=self._stage.clock.now(), role=role, subject_id=subject_id),
            path={"supplier_id": supplier_id},
            query=query,
            body=None if body is None or operation.body is None else msgspec.convert(body, operation.body),
            headers={},
        )
        return (await operation.handle(request)).value


@pytest.fixture
def api(stage: SupplierStage) -> Api:
    return Api(stage=stage)


async def test_anyone_may_apply_and_follows_the_application_with_its_key(api: Api, stage: SupplierStage) -> None:
    assert api.operations["apply_as_supplier"].roles == ANYONE
    receipt = await api.call("apply_as_supplier", body=APPLICATION, role=Role.ANYONE)
    assert receipt.state is SupplierState.APPLIED
    principal = await stage.api_keys.authenticate(text=receipt.api_key)
    assert (principal.role, principal.subject_id) == (Role.SUPPLIER, receipt.supplier_id)
    own = await api.call(
        "get_supplier", supplier_id=receipt.supplier_id, role=Role.SUPPLIER, subject_id=receipt.supplier_id
    )
    assert own.legal_name == "Flores do Sul Ltda"


@pytest.mark.parametrize(
    "change",
    [
        {"legal_name": ""},
        {"legal_name": "x" * 201},
        {"legal_name": "Flores\u202e"},
        {"legal_name": "Flores\x00"},
        {"legal_name": None},
        {"country": "B"},
        {"unknown": 1},
        {"phone": 5511961234567},
        {"business_model": "fraud"},
        {"address": {"street_lines": [], "city": "c", "postal_code": "1"}},
        {"address": {"street_lines": ["1", "2", "3", "4", "5"], "city": "c", "postal_code": "1"}},
    ],
)
def test_an_application_out_of_its_limits_is_no_application(change: dict[str, Any]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({**APPLICATION, **change}, ApplicationBody)


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("get_supplier", None),
        ("amend_supplier_application", {"legal_name": "Mine now"}),
        ("connect_supplier", {"order_acceptance_url": PUBLIC_ADDRESS}),
        ("rotate_supplier_signing_secret", None),
    ],
)
async def test_to_a_supplier_another_one_does_not_exist(
    api: Api, stage: SupplierStage, name: str, body: dict[str, Any] | None
) -> None:
    other = await stage.applied(make_application())
    before = await stage.view(other)
    with pytest.raises(SupplierMissing):
        await api.call(name, body=body, supplier_id=other, role=Role.SUPPLIER, subject_id="sup_me")
    assert await stage.view(other) == before


@pytest.mark.parametrize("name", ["suspend_supplier", "reinstate_supplier", "list_suppliers"])
def test_a_supplier_does_not_decide_about_suppliers(api: Api, name: str) -> None:
    assert api.operations[name].roles == {Role.OPERATOR}


async def test_a_supplier_does_not_learn_who_holds_its_number(api: Api, stage: SupplierStage) -> None:
    first = await stage.verified(make_application())
    second = await stage.verified(make_application(legal_name="Another Ltda"))
    own = await api.call(
        "get_supplier", supplier_id=second.supplier_id, role=Role.SUPPLIER, subject_id=second.supplier_id
    )
    assert own.state is SupplierState.IN_REVIEW
    assert own.review_task_id is None
    assert first.supplier_id not in msgspec.json.encode(own).decode()


async def test_suppliers_are_listed_by_state_and_by_the_beginning_of_their_name(api: Api, stage: SupplierStage) -> None:
    await stage.verified(make_application())
    await stage.verified(make_application(legal_name="Abelhas Ltda", address=make_address(city="77")))
    page = await api.call("list_suppliers", query=SupplierFilter())
    active = await api.call("list_suppliers", query=SupplierFilter(state=SupplierState.ACTIVE, name_prefix="FLO"))
    nobody = await api.call("list_suppliers", query=SupplierFilter(state=SupplierState.ACTIVE, name_prefix="abe"))
    assert [one.name for one in page.suppliers] == ["Abelhas Ltda", "Flores do Sul Ltda"]
    assert [one.name for one in active.suppliers] == ["Flores do Sul Ltda"]
    assert nobody.suppliers == []
    with pytest.raises(RequestInvalid):
        await api.call("list_suppliers", query=SupplierFilter(name_prefix="flo"))


async def test_a_page_leads_to_the_next_one(api: Api, stage: SupplierStage) -> None:
    for name in ("A Ltda", "B Ltda", "C Ltda"):
        await stage.applied(make_application(legal_name=name))
    first = await api.call("list_suppliers", query=SupplierFilter(limit=2))
    second = await api.call("list_suppliers", query=SupplierFilter(limit=2, after=first.next_after))
    assert [one.name for one in (*first.suppliers, *second.suppliers)] == ["C Ltda", "B Ltda", "A Ltda"]
    assert second.next_after is None


async def test_an_active_supplier_is_suspended_with_a_reason_and_reinstated(api: Api, stage: SupplierStage) -> None:
    supplier = await stage.verified(make_application())
    reason = {"reason": "Complaints"}
    suspended = await api.call("suspend_supplier", body=reason, supplier_id=supplier.supplier_id)
    assert (suspended.state, suspended.reason) == (SupplierState.SUSPENDED, "Complaints")
    with pytest.raises(SupplierTransitionRefused):
        await api.call("suspend_supplier", body=reason, supplier_id=supplier.supplier_id)
    back = await api.call("reinstate_supplier", body={"reason": "Settled"}, supplier_id=supplier.supplier_id)
    assert back.state is SupplierState.ACTIVE
    entry = next(one for one in back.audit if one.action == "suspended")
    assert (entry.actor, entry.reason) == ("operator:anna", "Complaints")
    assert [(change.field, change.before, change.after) for change in entry.changes] == [
        ("state", "active", "suspended")
    ]


async def test_an_amendment_changes_what_it_names_and_nothing_else(api: Api, stage: SupplierStage) -> None:
    supplier_id = await stage.applied(make_application())
    body = {"doing_business_as": "Flores", "tax_id": None, "address": {"region": None, "street_lines": ["a", "b"]}}
    after = await api.call("amend_supplier_application", body=body, supplier_id=supplier_id)
    assert (after.doing_business_as, after.tax_id, after.revision) == ("Flores", None, 2)
    assert (after.address.region, after.address.street_lines, after.address.city) == (None, ("a", "b"), "campinas")
    assert after.legal_name == "Flores do Sul Ltda"


async def test_an_amendment_without_difference_starts_nothing(api: Api, stage: SupplierStage) -> None:
    supplier_id = await stage.applied(make_application())
    body = {"legal_name": "Flores do Sul Ltda"}
    assert (await api.call("amend_supplier_application", body=body, supplier_id=supplier_id)).revision == 1


async def test_an_active_suppliers_facts_are_not_amended(api: Api, stage: SupplierStage) -> None:
    supplier = await stage.verified(make_application())
    with pytest.raises(SupplierTransitionRefused):
        await api.call("amend_supplier_application", body={"legal_name": "Other"}, supplier_id=supplier.supplier_id)


def test_an_amendment_may_not_empty_what_is_required() -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"legal_name": None}, AmendmentBody)
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"reason": ""}, ReasonBody)


async def test_a_connection_tells_its_secret_once(api: Api, stage: SupplierStage) -> None:
    supplier_id = await stage.applied(make_application())
    body = {"order_acceptance_url": PUBLIC_ADDRESS, "maximum_batch": 10}
    first = await api.call("connect_supplier", body=body, supplier_id=supplier_id)
    again = await api.call("connect_supplier", body={**body, "maximum_batch": 20}, supplier_id=supplier_id)
    assert first.signing_secret.startswith("whsec_")
    assert (again.signing_secret, again.maximum_batch, again.secret_count) == (None, 20, 1)
    view = await stage.view(supplier_id)
    assert view.connection is not None
    assert first.signing_secret not in msgspec.json.encode(view).decode()
    assert {change.field for entry in view.audit for change in entry.changes if entry.action == "connected"} > {
        "connection.maximum_batch"
    }


async def test_a_rotation_keeps_the_former_secret_for_a_day(api: Api, stage: SupplierStage) -> None:
    supplier_id = await stage.applied(make_application())
    first = await api.call("connect_supplier", body={"order_acceptance_url": PUBLIC_ADDRESS}, supplier_id=supplier_id)
    second = await api.call("rotate_supplier_signing_secret", supplier_id=supplier_id)
    both = await stage.queries.connection(supplier_id=supplier_id, at=stage.clock.now())
    assert both is not None
    assert both.signing_secrets == (second.signing_secret, first.signing_secret)
    stage.clock.go_on(seconds=86_401)
    later = await stage.queries.connection(supplier_id=supplier_id, at=stage.clock.now())
    assert later is not None
    assert later.signing_secrets == (second.signing_secret,)


@pytest.mark.parametrize(
    "url",
    ["https://10.0.0.8/orders", "https://127.0.0.1/", "https://169.254.169.254/latest", "ftp://93.184.215.14/", "x"],
)
@pytest.mark.parametrize("field", ["order_acceptance_url", "inventory_url"])
async def test_an_address_into_a_private_network_is_refused_by_field(
    api: Api, stage: SupplierStage, field: str, url: str
) -> None:
    supplier_id = await stage.applied(make_application())
    body = {"order_acceptance_url": PUBLIC_ADDRESS, field: url}
    with pytest.raises(AddressRefused) as refused:
        await api.call("connect_supplier", body=body, supplier_id=supplier_id)
    assert [finding.pointer for finding in refused.value.findings] == [f"/{field}"]
    assert (await stage.view(supplier_id)).connection is None


async def test_what_is_not_connected_has_no_secret_to_rotate(api: Api, stage: SupplierStage) -> None:
    supplier_id = await stage.applied(make_application())
    with pytest.raises(ConnectionMissing):
        await api.call("rotate_supplier_signing_secret", supplier_id=supplier_id)


async def test_a_rejected_supplier_is_not_connected(api: Api, stage: SupplierStage) -> None:
    supplier = await stage.verified(make_application(registration_number="11222333000180"))
    with pytest.raises(SupplierTransitionRefused):
        await api.call(
            "connect_supplier", body={"order_acceptance_url": PUBLIC_ADDRESS}, supplier_id=supplier.supplier_id
        )


def test_a_connections_patience_has_limits() -> None:
    for change in ({"timeout_seconds": 0}, {"timeout_seconds": 31}, {"maximum_batch": 0}, {"maximum_batch": 501}):
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert({"order_acceptance_url": PUBLIC_ADDRESS, **change}, ConnectionBody)
