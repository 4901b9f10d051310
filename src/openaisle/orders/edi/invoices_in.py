"""Invoices (810): what a supplier bills, kept beside what was ordered and shipped. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import msgspec

from openaisle.kernel.identifiers import derived_identifier
from openaisle.orders.edi.interchange import TransactionSet, body_of
from openaisle.orders.edi.reading import (
    clean,
    implied_amount,
    line_number_in,
    minor_of,
    number_in,
    quantity_in,
    sku_in,
)
from openaisle.orders.edi.validation import date_of
from openaisle.orders.purchase_order import PurchaseOrder, PurchaseOrderLine

LINES_MAXIMUM = 1_000
FINDINGS_MAXIMUM = 200
_CREDIT = "CR"


class InvoiceLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A billed line; ``unit_price_minor`` None where the price has more decimals than the currency."""

    line_number: int | None
    supplier_sku: str
    quantity: int | None
    unit_price_minor: int | None


class InvoiceFinding(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something about an invoice that differs: what kind, where, and the two numbers in words."""

    code: str
    detail: str
    line_number: int | None = None


class SupplierInvoice(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An invoice as a supplier sent it, amounts in minor units, with what differs from our records.

    It moves no money: what a supplier is paid follows from our own records.
    """

    invoice_id: str
    supplier_id: str
    number: str
    credit: bool
    invoiced_on: str
    received_at: str
    interchange_id: str
    currency: str
    purchase_order_number: str
    purchase_order_id: str | None
    lines: tuple[InvoiceLine, ...]
    tax_minor: int
    charges_minor: int
    total_minor: int | None
    findings: tuple[InvoiceFinding, ...] = ()


class ReadInvoice(msgspec.Struct, frozen=True, kw_only=True):
    """An 810 as it was read; amounts as numbers of the currency, None where there is none."""

    number: str
    credit: bool
    invoiced_on: str
    currency: str
    purchase_order_number: str
    lines: tuple[tuple[int | None, str, int | None, Decimal | None], ...]
    tax: Decimal
    charges: Decimal
    total: Decimal | None
    cut: bool


# What a finding about an invoice means; the reference lists them.
FINDINGS = {
    "purchase_order_unknown": "the supplier has no purchase order of that number",
    "currency_differs": "the invoice is in another currency than the purchase order",
    "line_unknown": "the purchase order has no such line",
    "price_differs": "another unit price is billed than was ordered at",
    "quantity_exceeds_shipped": "more is billed, on all invoices together, than was shipped",
    "amount_unreadable": "a price or quantity is no number of minor units or of single pieces",
    "total_differs": "the total is not the sum of lines, charges and tax",
    "lines_cut": "more lines came than are kept",
}


def invoice_identifier(*, supplier_id: str, number: str) -> str:
    """Return the identifier of a supplier's invoice: the same number again is the same invoice."""
    return derived_identifier(prefix="inv", parts=(supplier_id, number))


def read_invoice(one: TransactionSet) -> ReadInvoice:
    """Return what an 810 says."""
    number = order_number = currency = invoiced_on = ""
    credit = False
    lines: list[tuple[int | None, str, int | None, Decimal | None]] = []
    tax = charges = Decimal(0)
    total: Decimal | None = None
    count = 0
    for segment in body_of(one.segments):
        if segment.tag == "BIG":
            day = date_of(segment.at(1))
            invoiced_on = "" if day is None else day.isoformat()
            number, order_number = clean(segment.at(2), 22), segment.at(4)
            credit = segment.at(7) == _CREDIT
        elif segment.tag == "CUR":
            currency = segment.at(2).upper()
        elif segment.tag == "IT1":
            count += 1
            if count <= LINES_MAXIMUM:
                price = number_in(segment.at(4))
                sku = clean(sku_in(segment=segment, first=6), 200)
                lines.append((line_number_in(segment.at(1)), sku, quantity_in(segment.at(2)), price))
        elif segment.tag == "TDS":
            total = implied_amount(segment.at(1))
        elif segment.tag == "TXI":
            tax += number_in(segment.at(2)) or Decimal(0)
        elif segment.tag == "SAC":
            amount = implied_amount(segment.at(5)) or Decimal(0)
            charges += -amount if segment.at(1) == "A" else amount
    return ReadInvoice(
        number=number,
        credit=credit,
        invoiced_on=invoiced_on,
        currency=currency,
        purchase_order_number=order_number,
        lines=tuple(lines),
        tax=tax,
        charges=charges,
        total=total,
        cut=count > LINES_MAXIMUM,
    )


def decide_invoice(
    *,
    read: ReadInvoice,
    purchase_order: PurchaseOrder | None,
    earlier: Sequence[SupplierInvoice],
    supplier_id: str,
    interchange_id: str,
    at: str,
) -> SupplierInvoice:
    """Return the invoice with what differs; ``earlier`` are the other invoices for the same purchase order."""
    currency = read.currency or (purchase_order.currency if purchase_order is not None else "USD")
    findings: list[InvoiceFinding] = []
    lines = []
    for number, sku, quantity, price in read.lines:
        minor = None if price is None else minor_of(amount=price, currency=currency)
        if minor is None or quantity is None:
            findings.append(_finding("amount_unreadable", f"{sku or number}: {price} x {quantity}", number))
        lines.append(InvoiceLine(line_number=number, supplier_sku=sku, quantity=quantity, unit_price_minor=minor))
    if read.cut:
        findings.append(_finding("lines_cut", f"{LINES_MAXIMUM} lines are kept."))
    if purchase_order is None:
        findings.append(_finding("purchase_order_unknown", f"{read.purchase_order_number[:40]!r} is not known."))
    elif currency != purchase_order.currency:
        findings.append(_finding("currency_differs", f"{currency}, not {purchase_order.currency}."))
    else:
        findings += _differences(lines=lines, purchase_order=purchase_order, earlier=earlier, credit=read.credit)
    findings += _total_findings(read=read)
    return SupplierInvoice(
        invoice_id=invoice_identifier(supplier_id=supplier_id, number=read.number),
        supplier_id=supplier_id,
        number=read.number,
        credit=read.credit,
        invoiced_on=read.invoiced_on,
        received_at=at,
        interchange_id=interchange_id,
        currency=currency,
        purchase_order_number=clean(read.purchase_order_number, 40),
        purchase_order_id=None if purchase_order is None else purchase_order.purchase_order_id,
        lines=tuple(lines),
        tax_minor=minor_of(amount=read.tax, currency=currency) or 0,
        charges_minor=minor_of(amount=read.charges, currency=currency) or 0,
        total_minor=None if read.total is None else minor_of(amount=read.total, currency=currency),
        findings=tuple(findings[:FINDINGS_MAXIMUM]),
    )


def _differences(
    *,
    lines: Sequence[InvoiceLine],
    purchase_order: PurchaseOrder,
    earlier: Sequence[SupplierInvoice],
    credit: bool,
) -> list[InvoiceFinding]:
    findings = []
    billed: dict[int, int] = {}
    for invoice in earlier:
        for line in invoice.lines:
            known = known_line(lines=purchase_order.lines, number=line.line_number, supplier_sku=line.supplier_sku)
            if known is not None and line.quantity is not None:
                sign = -1 if invoice.credit else 1
                billed[known.line_number] = billed.get(known.line_number, 0) + sign * line.quantity
    for line in lines:
        known = known_line(lines=purchase_order.lines, number=line.line_number, supplier_sku=line.supplier_sku)
        if known is None:
            named = f"{line.supplier_sku[:60] or line.line_number} was not ordered."
            findings.append(_finding("line_unknown", named, line.line_number))
            continue
        if line.unit_price_minor not in {None, known.unit_price_minor}:
            detail = f"{line.unit_price_minor} is billed apiece, {known.unit_price_minor} was ordered at."
            findings.append(_finding("price_differs", detail, known.line_number))
        if line.quantity is not None and not credit:
            billed[known.line_number] = billed.get(known.line_number, 0) + line.quantity
            if billed[known.line_number] > known.shipped_quantity:
                detail = f"{billed[known.line_number]} are billed in all, {known.shipped_quantity} were shipped."
                findings.append(_finding("quantity_exceeds_shipped", detail, known.line_number))
    return findings


def _total_findings(*, read: ReadInvoice) -> list[InvoiceFinding]:
    if read.total is None or any(quantity is None or price is None for _, _, quantity, price in read.lines):
        return []
    summed = sum((price * quantity for _, _, quantity, price in read.lines if price and quantity), Decimal(0))
    summed += read.charges + read.tax
    # Some state the total before tax.
    if read.total in {summed, summed - read.tax}:
        return []
    return [_finding("total_differs", f"{read.total} is the total, {summed} the sum of lines, charges and tax.")]


def known_line(
    *, lines: Sequence[PurchaseOrderLine], number: int | None, supplier_sku: str
) -> PurchaseOrderLine | None:
    """Return the line of a purchase order that a supplier means: by its number, else by its SKU if that is one line."""
    for line in lines:
        if line.line_number == number and supplier_sku in {"", line.supplier_sku}:
            return line
    alike = [line for line in lines if line.supplier_sku == supplier_sku]
    return alike[0] if supplier_sku and len(alike) == 1 else None


def _finding(code: str, detail: str, line_number: int | None = None) -> InvoiceFinding:
    return InvoiceFinding(code=code, detail=detail, line_number=line_number)
