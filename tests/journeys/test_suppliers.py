"""A supplier's way: applied, verified, mended by the system or by a person, active; and what it may see."""

from __future__ import annotations

from typing import Any

import pytest

from tests.journeys.marketplace import RunningMarketplace, application, cnpj
from tests.support.waiting import eventually


async def waiting_task(*, marketplace: RunningMarketplace, subject_id: str) -> dict[str, Any]:
    async def ask() -> dict[str, Any] | None:
        page = await marketplace.operator.get("/v1/review-tasks?state=open")
        tasks = [task for task in page["review_tasks"] if task["subject_id"] == subject_id]
        return tasks[0] if tasks else None

    return await eventually(ask, what=f"a review task about {subject_id}")


async def test_a_sound_application_becomes_active_by_itself(marketplace: RunningMarketplace) -> None:
    applied = await marketplace.anyone.post("/v1/supplier-applications", application())
    assert applied["state"] == "applied"
    supplier = await marketplace.supplier_state(supplier_id=applied["supplier_id"], state="active")
    assert supplier["supplier_id"] == applied["supplier_id"]


async def test_a_wrong_tax_id_goes_to_a_person_and_the_correction_makes_it_active(
    marketplace: RunningMarketplace,
) -> None:
    applied = await marketplace.anyone.post("/v1/supplier-applications", application(tax_id="11222333000180"))
    supplier_id = applied["supplier_id"]
    await marketplace.supplier_state(supplier_id=supplier_id, state="in_review")
    task = await waiting_task(marketplace=marketplace, subject_id=supplier_id)
    path = f"/v1/review-tasks/{task['task_id']}"
    await marketplace.operator.post(f"{path}/claim", {"assignee": "maria"})
    await marketplace.operator.post(
        f"{path}/resolution",
        {"decision": "corrected", "reason": "Typing error.", "corrections": {"tax_id": cnpj()}},
    )
    await marketplace.supplier_state(supplier_id=supplier_id, state="active")


async def test_a_registration_number_that_cannot_be_is_rejected_with_its_reason(
    marketplace: RunningMarketplace,
) -> None:
    applied = await marketplace.anyone.post(
        "/v1/supplier-applications", application(registration_number="11222333000180", tax_id=None)
    )
    supplier = await marketplace.supplier_state(supplier_id=applied["supplier_id"], state="rejected")
    assert "check digit" in supplier["verifications"][0]["reason"]


async def test_a_supplier_reads_itself_and_no_other(marketplace: RunningMarketplace) -> None:
    first = await marketplace.active_supplier(handle="first")
    second = await marketplace.active_supplier(handle="second")
    own = await first.caller.get(f"/v1/suppliers/{first.supplier_id}")
    assert own["supplier_id"] == first.supplier_id
    for method, path, body in [
        ("GET", f"/v1/suppliers/{second.supplier_id}", None),
        ("PUT", f"/v1/suppliers/{second.supplier_id}/connection", {"order_acceptance_url": "http://127.0.0.1:1/"}),
    ]:
        answered = await first.caller.call(method, path, body)
        assert answered.status == 404, (method, path, answered)
    for path in ("/v1/suppliers", "/v1/review-tasks", "/v1/api-keys", "/v1/overview", "/v1/orders"):
        answered = await first.caller.call("GET", path)
        assert (answered.status, answered.code) == (403, "forbidden"), path


async def test_a_revoked_key_is_refused(marketplace: RunningMarketplace) -> None:
    issued = await marketplace.operator.post(
        "/v1/api-keys", {"role": "storefront", "subject_id": "shop-2", "label": "trial"}
    )
    caller = marketplace.caller(key=issued["api_key"])
    await caller.get("/v1/orders")
    await marketplace.operator.call("DELETE", f"/v1/api-keys/{issued['key']['key_id']}")
    answered = await caller.call("GET", "/v1/orders")
    assert (answered.status, answered.code) == (401, "key-unknown")


@pytest.mark.parametrize(
    "url",
    [
        "http://10.0.0.1/po",
        "http://192.168.1.7:8080/po",
        "http://169.254.169.254/latest",
        "ftp://example.com/",
        "http://[::1]/",
    ],
)
async def test_an_address_inside_is_refused(marketplace: RunningMarketplace, url: str) -> None:
    supplier = await marketplace.active_supplier(handle="inside")
    path = f"/v1/suppliers/{supplier.supplier_id}/connection"
    before = await supplier.caller.get(f"/v1/suppliers/{supplier.supplier_id}")
    answered = await supplier.caller.call("PUT", path, {"order_acceptance_url": url})
    assert (answered.status, answered.code) == (422, "address-refused")
    after = await supplier.caller.get(f"/v1/suppliers/{supplier.supplier_id}")
    assert after["connection"] == before["connection"]
