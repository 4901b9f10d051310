"""What webhooks know of events by name is what the rooms state."""

from __future__ import annotations

from openaisle.bootstrap.event_types import event_types
from openaisle.webhooks.model import SUPPLIER_FAMILIES, SUPPLIER_TYPES


def test_every_event_that_suppliers_may_read_is_stated_by_a_room() -> None:
    known = event_types()
    assert known >= SUPPLIER_TYPES
    assert {one.partition(".")[0] for one in known} >= SUPPLIER_FAMILIES
