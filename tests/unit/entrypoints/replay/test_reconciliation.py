"""Reconciliation finds every figure that differs, and nothing else."""

from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from openaisle.entrypoints.replay.reconciliation import Reconciliation, Totals, reconcile

counts = st.integers(min_value=0, max_value=10**9)
totals = st.builds(Totals, purchase_orders=counts, units=counts, items_minor=counts, freight_minor=counts)
suppliers = st.dictionaries(st.sampled_from("abcdef"), totals, max_size=6)


def reconciled(
    *,
    expected: dict[str, Totals] | None = None,
    found: dict[str, Totals] | None = None,
    orders: tuple[int, int] = (1, 1),
    unsettled: int = 0,
) -> Reconciliation:
    return reconcile(
        orders_expected=orders[0],
        orders_found=orders[1],
        expected=expected or {},
        found=found or {},
        unsettled_purchase_orders=unsettled,
    )


@given(expected=suppliers)
def test_what_is_the_same_agrees(expected: dict[str, Totals]) -> None:
    outcome = reconciled(
        expected=expected, found={name: msgspec.structs.replace(one) for name, one in expected.items()}
    )
    assert outcome.agrees
    assert outcome.expected == outcome.found


@given(expected=suppliers.filter(bool), cents=st.integers(min_value=1, max_value=100))
def test_one_cent_at_one_supplier_is_found_and_named(expected: dict[str, Totals], cents: int) -> None:
    name = min(expected)
    found = {**expected, name: msgspec.structs.replace(expected[name], items_minor=expected[name].items_minor + cents)}
    outcome = reconciled(expected=expected, found=found)
    assert not outcome.agrees
    (difference,) = outcome.differences
    assert (difference.supplier, difference.figure) == (name, "items_minor")
    assert difference.found - difference.expected == cents


def test_cents_that_cancel_out_over_all_suppliers_are_still_found() -> None:
    expected = {"a": Totals(units=1, items_minor=100), "b": Totals(units=1, items_minor=200)}
    found = {"a": Totals(units=1, items_minor=101), "b": Totals(units=1, items_minor=199)}
    outcome = reconciled(expected=expected, found=found)
    assert outcome.expected == outcome.found
    assert [difference.supplier for difference in outcome.differences] == ["a", "b"]


def test_a_supplier_that_only_the_marketplace_knows_is_a_difference() -> None:
    outcome = reconciled(found={"stranger": Totals(purchase_orders=1, units=2, items_minor=3, freight_minor=4)})
    assert {(one.figure, one.found) for one in outcome.differences} == {
        ("purchase_orders", 1),
        ("units", 2),
        ("items_minor", 3),
        ("freight_minor", 4),
    }


def test_a_missing_order_is_a_difference() -> None:
    (difference,) = reconciled(orders=(2, 1)).differences
    assert (difference.supplier, difference.figure, difference.expected, difference.found) == ("all", "orders", 2, 1)


def test_what_is_not_settled_does_not_agree() -> None:
    assert not reconciled(unsettled=1).agrees
