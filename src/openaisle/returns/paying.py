"""What the shopper paid for a line of an order: the one place that reads it from the order's own fields."""

from __future__ import annotations

from typing import NamedTuple

from openaisle.orders.model import Order, OrderLine
from openaisle.orders.totals import line_total_minor


class Paid(NamedTuple):
    """What was paid for a line, in minor units: for its goods, and to have it shipped."""

    goods_minor: int
    shipping_minor: int


def paid_for(*, order: Order, line: OrderLine) -> Paid:
    """Return what was paid for a line, with tax and after discount, each borne in proportion to what it costs."""
    total = line_total_minor(line=line, prices_include_tax=order.prices_include_tax)
    whole = line.unit_price_minor * line.quantity + line.shipping_minor
    shipping = total * line.shipping_minor // whole if whole else 0
    return Paid(total - shipping, shipping)
