"""What a shopper pays: of a line, of an order, and of a unit without tax. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

import msgspec

from openaisle.kernel.errors import Finding
from openaisle.orders.commands import NewOrder
from openaisle.orders.model import OrderLinesInvalid, OrderTotalDiffers


class PricedLine(Protocol):
    """What a line costs; the amounts are in minor units, tax and discount those of the whole line."""

    @property
    def quantity(self) -> int:
        """How many units."""
        ...

    @property
    def unit_price_minor(self) -> int:
        """The price of a unit."""
        ...

    @property
    def shipping_minor(self) -> int:
        """What shipping the line costs."""
        ...

    @property
    def tax_minor(self) -> int:
        """The tax on goods and shipping."""
        ...

    @property
    def discount_minor(self) -> int:
        """What is taken off."""
        ...


class OrderTotals(msgspec.Struct, frozen=True, kw_only=True):
    """The sums of an order in minor units.

    ``total_minor`` is goods and shipping less discounts, with taxes on top unless ``prices_include_tax``.
    """

    goods_minor: int
    shipping_minor: int
    discount_minor: int
    tax_minor: int
    prices_include_tax: bool
    total_minor: int


def line_total_minor(*, line: PricedLine, prices_include_tax: bool) -> int:
    """Return what the shopper pays for a line in all; no more than this can ever be given back."""
    total = line.unit_price_minor * line.quantity + line.shipping_minor - line.discount_minor
    return total if prices_include_tax else total + line.tax_minor


def net_unit_price_minor(*, line: PricedLine, prices_include_tax: bool) -> int:
    """Return what is left of a unit's price without tax and after discount, rounded down.

    Tax and discount are taken off goods and shipping in proportion to what each costs.
    """
    if not line.tax_minor and not line.discount_minor:
        return line.unit_price_minor
    goods = line.unit_price_minor * line.quantity
    whole = goods + line.shipping_minor
    if not whole:
        return 0
    taken_off = line.discount_minor + (line.tax_minor if prices_include_tax else 0)
    return goods * (whole - taken_off) // (whole * line.quantity)


def totals_of(*, lines: Iterable[PricedLine], prices_include_tax: bool) -> OrderTotals:
    """Return the sums of an order's lines."""
    goods = shipping = discount = tax = 0
    for line in lines:
        goods += line.unit_price_minor * line.quantity
        shipping += line.shipping_minor
        discount += line.discount_minor
        tax += line.tax_minor
    return OrderTotals(
        goods_minor=goods,
        shipping_minor=shipping,
        discount_minor=discount,
        tax_minor=tax,
        prices_include_tax=prices_include_tax,
        total_minor=goods + shipping - discount + (0 if prices_include_tax else tax),
    )


def placed_total_minor(*, order: NewOrder) -> int:
    """Return what the shopper pays for an order that is to be placed.

    Raises OrderLinesInvalid where a discount is larger than what it is taken off, or a contained tax than what
    contains it; OrderTotalDiffers where the storefront comes to another sum.
    """
    total = 0
    is_plain = True
    for line in order.lines:
        total += line.unit_price_minor * line.quantity + line.shipping_minor
        if line.discount_minor or line.tax_minor:
            is_plain = False
            total += (0 if order.prices_include_tax else line.tax_minor) - line.discount_minor
    findings = () if is_plain else _findings(order=order)
    if findings:
        raise OrderLinesInvalid(detail=" ".join(one.detail for one in findings), findings=findings)
    if order.total_minor is not None and order.total_minor != total:
        detail = f"The lines come to {total}, not to {order.total_minor}."
        raise OrderTotalDiffers(
            detail=detail, findings=(Finding(pointer="/total_minor", detail=detail, code="differs"),)
        )
    return total


def _findings(*, order: NewOrder) -> Sequence[Finding]:
    findings = []
    for position, line in enumerate(order.lines):
        price = line.unit_price_minor * line.quantity + line.shipping_minor
        if line.discount_minor > price:
            detail = f"{line.discount_minor} cannot be taken off {price}."
            pointer = f"/lines/{position}/discount_minor"
            findings.append(Finding(pointer=pointer, detail=detail, code="discount_too_large"))
        elif order.prices_include_tax and line.tax_minor > price - line.discount_minor:
            detail = f"A price of {price - line.discount_minor} cannot contain {line.tax_minor} of tax."
            pointer = f"/lines/{position}/tax_minor"
            findings.append(Finding(pointer=pointer, detail=detail, code="tax_too_large"))
    return findings
