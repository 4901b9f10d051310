"""Mails about what waits and what is late: one for many purchase orders, and not one after the other."""

from __future__ import annotations

from openaisle.orders.shipping.mails import purchase_order_mails_pipe
from openaisle.suppliers.contact import ReturnAddress, SupplierContact
from tests.factories.contexts import NOON
from tests.factories.orders import make_line
from tests.factories.shipping import Desk


class FakeMail:
    def __init__(self) -> None:
        self.sent: dict[str, dict[str, str]] = {}

    async def send(self, *, template, to, language, data, deduplication_key, context) -> None:
        self.sent.setdefault(deduplication_key, {"template": template, "to": to, **data})


class FakeContacts:
    async def contact(self, *, supplier_id):
        if supplier_id != "sup_bergmann":
            return None
        return SupplierContact(
            supplier_id=supplier_id,
            name="Bergmann",
            email="post@bergmann.example",
            language="de",
            returns_to=ReturnAddress(
                name="Bergmann", street_lines=("Hafen 1",), city="Bremen", postal_code="28195", country="DE"
            ),
        )


class FakeClock:
    def now(self):
        return NOON


async def test_many_late_purchase_orders_make_one_mail(room):
    mug = await room.stock(on_hand=100)
    for number in range(23):
        placed = await room.place(make_line(offer_id=mug.offer_id), reference=f"R-{number:02}")
        await Desk(room=room).answer(placed.purchase_orders[0].purchase_order_id)
    items = []
    for number in range(23):
        _, (own,) = await room.whole(reference=f"R-{number:02}")
        items.append(own.purchase_order_id)
    await room.purchase_orders.find_late(purchase_order_ids=items, context=Desk(room=room).after(days=5).context)
    mail = FakeMail()
    pipe = purchase_order_mails_pipe(
        mail=mail, contacts=FakeContacts(), clock=FakeClock(), public_address="https://m.example"
    )
    changes = [change for change in await room.table.read(after=0, limit=1_000) if pipe.wants(change)]
    assert len(changes) == 23
    await pipe.handle(changes)
    await pipe.handle(changes)
    (sent,) = mail.sent.values()
    assert sent["template"] == "purchase_orders_late"
    assert sent["orders"].startswith("R-00 (po_")
    assert sent["orders"].endswith("+ 3")
    assert sent["link"] == "https://m.example/portal/purchase-orders"
