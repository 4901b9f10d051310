"""Compares what a history says with what the marketplace says of itself, supplier by supplier, to the cent."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

import msgspec


class Totals(msgspec.Struct, kw_only=True):
    """Sums over the purchase orders of one supplier, or of all: counts, units, and minor units of money."""

    purchase_orders: int = 0
    units: int = 0
    items_minor: int = 0
    freight_minor: int = 0

    def add(self, other: Totals) -> None:
        """Add another's sums to these."""
        self.purchase_orders += other.purchase_orders
        self.units += other.units
        self.items_minor += other.items_minor
        self.freight_minor += other.freight_minor


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """One figure of one supplier (or ``all``) that does not agree."""

    supplier: str
    figure: str
    expected: int
    found: int


class Reconciliation(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome: the orders and sums found, the purchase orders not yet settled, and every difference."""

    orders_expected: int
    orders_found: int
    expected: Totals
    found: Totals
    unsettled_purchase_orders: int
    differences: tuple[Difference, ...]

    @property
    def agrees(self) -> bool:
        """Whether everything agrees and nothing is left open."""
        return not self.differences and not self.unsettled_purchase_orders


def summed(*, totals: Iterable[Totals]) -> Totals:
    """Return the sum of many."""
    whole = Totals()
    for one in totals:
        whole.add(one)
    return whole


def reconcile(
    *,
    orders_expected: int,
    orders_found: int,
    expected: Mapping[str, Totals],
    found: Mapping[str, Totals],
    unsettled_purchase_orders: int,
) -> Reconciliation:
    """Compare by supplier; a supplier that only one side knows differs in every figure it has."""
    differences: list[Difference] = []
    nothing: defaultdict[str, Totals] = defaultdict(Totals)
    if orders_expected != orders_found:
        differences.append(Difference(supplier="all", figure="orders", expected=orders_expected, found=orders_found))
    for supplier in sorted(expected.keys() | found.keys()):
        theirs, ours = expected.get(supplier, nothing[supplier]), found.get(supplier, nothing[supplier])
        for figure in Totals.__struct_fields__:
            wanted, got = getattr(theirs, figure), getattr(ours, figure)
            if wanted != got:
                differences.append(Difference(supplier=supplier, figure=figure, expected=wanted, found=got))
    return Reconciliation(
        orders_expected=orders_expected,
        orders_found=orders_found,
        expected=summed(totals=expected.values()),
        found=summed(totals=found.values()),
        unsettled_purchase_orders=unsettled_purchase_orders,
        differences=tuple(differences),
    )
