"""Duties over the real local table: sales counted from changes, clocks moved by days, mails, suspension."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from openaisle.adapters.local.store import LocalTable
from openaisle.duties.projection import duties_pipe
from openaisle.duties.routes import operations
from openaisle.duties.use_cases import Duties
from openaisle.kernel.context import Principal, Role
from openaisle.kernel.http import Request
from openaisle.kernel.stream import Change
from openaisle.kernel.table import Index
from openaisle.kernel.times import sortable_time
from openaisle.orders.events import LineQuantity, PurchaseOrderShipped
from openaisle.orders.purchase_order import LineAnswer, PurchaseOrder, PurchaseOrderLine, PurchaseOrderState
from openaisle.orders.repository import PURCHASE_ORDERS
from openaisle.suppliers.events import SupplierActivated
from openaisle.suppliers.model import SupplierMissing, SupplierState
from openaisle.suppliers.repository import SUPPLIERS
from tests.factories.contexts import make_context
from tests.factories.suppliers import SUPPLIER_ID, make_supplier
from tests.support.clocks import FakeClock


class FakeMail:
    def __init__(self) -> None:
        self.sent: list[tuple[str, str]] = []

    async def send(self, **mail: Any) -> None:
        key = (mail["template"], mail["deduplication_key"])
        if key not in self.sent:
            self.sent.append(key)


class FakeSuppliers:
    def __init__(self) -> None:
        self.suspended: list[str] = []

    async def suspend(self, *, supplier_id: str, reason: str, context: Any) -> None:
        self.suspended.append(reason)


class Stage:
    def __init__(self, *, table: LocalTable, clock: FakeClock, suspend_overdue: bool) -> None:
        self.table = table
        self.clock = clock
        self.mail = FakeMail()
        self.suppliers = FakeSuppliers()
        self.duties = Duties(table=table, mail=self.mail, suppliers=self.suppliers, suspend_overdue=suspend_overdue)
        self.pipe = duties_pipe(table=table, clock=clock)
        self.read = 0
        self.orders = 0

    async def activate(self) -> None:
        supplier = make_supplier(state=SupplierState.ACTIVE)
        event = SupplierActivated(supplier_id=SUPPLIER_ID, revision=1, name="Flores")
        await self.table.commit(writes=[SUPPLIERS.create(supplier, events=(event,))], context=self.context)

    async def ship(self, *, price_minor: int, currency: str = "USD", quantity: int = 1) -> None:
        self.orders += 1
        names = {
            "order_id": f"ord_{self.orders:026d}",
            "purchase_order_id": f"po_{self.orders:026d}_01",
            "storefront_id": "sto_1",
            "supplier_id": SUPPLIER_ID,
        }
        order = PurchaseOrder(
            **names,
            order_reference="r",
            currency=currency,
            state=PurchaseOrderState.SHIPPED,
            created_at=sortable_time(self.clock.now()),
            acknowledge_by=sortable_time(self.clock.now()),
            lines=(
                PurchaseOrderLine(
                    line_number=1,
                    product_id="prd_1",
                    offer_id="off_1",
                    supplier_sku="s",
                    location="default",
                    quantity=quantity,
                    unit_price_minor=price_minor,
                    answer=LineAnswer.ACCEPTED,
                    shipped_quantity=quantity,
                ),
            ),
        )
        event = PurchaseOrderShipped(
            **names,
            lines=(LineQuantity(line_number=1, quantity=quantity),),
            shipment_id="shp_1",
            carrier="c",
            tracking_number="t",
            complete=True,
        )
        await self.table.commit(writes=[PURCHASE_ORDERS.create(order, events=(event,))], context=self.context)

    async def wanted(self) -> Sequence[Change]:
        return [change for change in await self.table.read(after=self.read, limit=5_000) if self.pipe.wants(change)]

    async def follow(self) -> None:
        changes = await self.wanted()
        if changes:
            await self.pipe.handle(changes)
            self.read = changes[-1].sequence

    async def tick(self) -> int:
        timer = self.duties.timer()
        page = await self.table.query(
            partition=f"DUE#{timer.topic}", index=Index.DUE, sort_through=f"{sortable_time(self.clock.now())}$"
        )
        await timer.handle(page.items, self.clock.now())
        return len(page.items)

    @property
    def context(self) -> Any:
        return make_context(at=self.clock.now())


@pytest.fixture
async def stage(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Stage]:
    clock = FakeClock(at=datetime(2026, 3, 1, 12, tzinfo=UTC))
    table = LocalTable(path=tmp_path / "store.db", clock=clock, durable=False)
    yield Stage(table=table, clock=clock, suspend_overdue=getattr(request, "param", False))
    await table.close()


async def test_sales_are_counted_once_however_often_they_come(stage: Stage) -> None:
    await stage.activate()
    await stage.ship(price_minor=1_000, quantity=3)
    await stage.ship(price_minor=500, currency="EUR")
    changes = await stage.wanted()
    await stage.pipe.handle(changes)
    await stage.pipe.handle(changes)
    await stage.pipe.handle(changes[-1:])
    view = await stage.duties.duties(supplier_id=SUPPLIER_ID, at=stage.clock.now())
    assert view.volume.deciding is not None
    assert (view.volume.deciding.sales, view.volume.deciding.revenue_minor) == (1, 3_000)
    assert view.volume.not_counted == {"EUR": 1}
    assert "1 sales in EUR are not counted" in view.volume_explanation


@pytest.mark.parametrize("stage", [False, True], indirect=True)
async def test_a_high_volume_supplier_without_a_bank_account_is_told_and_in_the_end_suspended(
    stage: Stage, request: pytest.FixtureRequest
) -> None:
    await stage.activate()
    for _ in range(199):
        await stage.ship(price_minor=2_500)
    await stage.follow()
    assert await stage.tick() == 1
    assert await stage.tick() == 0
    assert stage.mail.sent == []
    await stage.ship(price_minor=2_500)
    await stage.follow()
    assert await stage.tick() == 1
    assert [template for template, _ in stage.mail.sent] == ["recertification_due"]
    (listed,) = (await stage.duties.clocks(after=None, limit=10)).suppliers
    assert str(listed.next_due_on) == "2026-03-11"

    for _ in range(21):
        stage.clock.go_on(seconds=86_400)
        assert await stage.tick() == 1
    assert [template for template, _ in stage.mail.sent] == ["recertification_due", "duty_overdue"]
    events = [event.type for change in await stage.table.read(after=stage.read, limit=500) for event in change.events]
    assert events.count("duty.overdue") == 1
    assert stage.suppliers.suspended == []
    stage.clock.go_on(seconds=86_400)
    await stage.tick()
    expected = 1 if stage.duties._suspend_overdue else 0
    assert len(stage.suppliers.suspended) == expected


async def test_duties_of_a_supplier_that_is_gone_go_too(stage: Stage) -> None:
    await stage.activate()
    await stage.follow()
    own = SUPPLIERS.remove(make_supplier(), version=None)
    await stage.table.commit(writes=[own], context=stage.context)
    assert await stage.tick() == 1
    assert await stage.tick() == 0
    stage.clock.go_on(seconds=86_400 * 2)
    assert await stage.tick() == 0


async def test_who_asks_sees_what_is_theirs_to_see(stage: Stage) -> None:
    await stage.activate()
    offered = {one.name: one for one in operations(duties=stage.duties)}

    def asked(role: Role, subject_id: str = "other") -> Request:
        context = msgspec.structs.replace(stage.context, principal=Principal(role=role, subject_id=subject_id))
        return Request(context=context, path={"supplier_id": SUPPLIER_ID}, query=None, body=None, headers={})

    assert Role.STOREFRONT in offered["get_trader"].roles
    assert Role.SUPPLIER not in offered["list_duty_clocks"].roles
    with pytest.raises(SupplierMissing):
        await offered["get_supplier_duties"].handle(asked(Role.SUPPLIER))
    own = await offered["get_supplier_duties"].handle(asked(Role.SUPPLIER, SUPPLIER_ID))
    assert "bank_account" in own.value.missing_for_inform
    trader = (await offered["get_trader"].handle(asked(Role.STOREFRONT))).value
    assert trader.legal_name == "Flores do Sul Ltda"
    assert trader.address.country == "BR"
    assert "registration_number" in trader.must_show_in_union
    assert trader.must_show_in_united_states == ()
    assert "tax_id" not in msgspec.to_builtins(trader)
