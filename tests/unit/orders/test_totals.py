"""What a shopper pays."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from openaisle.orders.commands import NewOrder, NewOrderLine
from openaisle.orders.model import OrderLinesInvalid, OrderTotalDiffers
from openaisle.orders.totals import line_total_minor, net_unit_price_minor, placed_total_minor, totals_of
from tests.factories.orders import make_line, make_new_order

PRICED = st.builds(
    NewOrderLine,
    offer_id=st.just("off_1"),
    quantity=st.integers(1, 50),
    unit_price_minor=st.integers(0, 10_000),
    shipping_minor=st.integers(0, 2_000),
    tax_minor=st.integers(0, 5_000),
    discount_minor=st.integers(0, 5_000),
)


def order_of(*lines: NewOrderLine, **given_: object) -> NewOrder:
    return msgspec.structs.replace(make_new_order(lines=lines), **given_)


def test_taxes_come_on_top_unless_prices_include_them():
    line = make_line(offer_id="o", quantity=2, unit_price_minor=1000, shipping_minor=300, tax_minor=190)
    assert placed_total_minor(order=order_of(line)) == 2490
    assert placed_total_minor(order=order_of(line, prices_include_tax=True)) == 2300


def test_a_total_that_is_stated_must_be_the_sum():
    line = make_line(offer_id="o", unit_price_minor=1000, discount_minor=100)
    assert placed_total_minor(order=order_of(line, total_minor=900)) == 900
    with pytest.raises(OrderTotalDiffers, match="come to 900, not to 1000"):
        placed_total_minor(order=order_of(line, total_minor=1000))


def test_what_cannot_be_taken_off_or_contained_is_named():
    lines = [
        make_line(offer_id="o", unit_price_minor=100, discount_minor=101),
        make_line(offer_id="o", unit_price_minor=100, discount_minor=50, tax_minor=51),
    ]
    with pytest.raises(OrderLinesInvalid) as refused:
        placed_total_minor(order=order_of(*lines, prices_include_tax=True))
    assert [(one.pointer, one.code) for one in refused.value.findings] == [
        ("/lines/0/discount_minor", "discount_too_large"),
        ("/lines/1/tax_minor", "tax_too_large"),
    ]


@given(lines=st.lists(PRICED, min_size=1, max_size=6), prices_include_tax=st.booleans())
def test_the_total_is_that_of_its_lines_and_never_below_nothing(lines, prices_include_tax):
    order = order_of(*lines, prices_include_tax=prices_include_tax)
    try:
        total = placed_total_minor(order=order)
    except OrderLinesInvalid:
        return
    each = [line_total_minor(line=line, prices_include_tax=prices_include_tax) for line in lines]
    assert total == sum(each) == totals_of(lines=lines, prices_include_tax=prices_include_tax).total_minor
    assert min(each) >= 0
    for line in lines:
        net = net_unit_price_minor(line=line, prices_include_tax=prices_include_tax)
        assert 0 <= net <= line.unit_price_minor
