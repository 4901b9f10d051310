"""What the readers of documents share: identifiers, quantities and amounts in segments. Pure."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

from openaisle.kernel.money import minor_digits
from openaisle.orders.edi.syntax import Segment

# A supplier's own number of an article, whatever it is called; the first that is there counts.
_SKU_QUALIFIERS = ("VP", "VN", "SK", "VC", "MG", "IN", "BP", "ZZ")
_UNITS = frozenset({"EA", "PC", "PCE", "UN", "C62", ""})
_NUMBER = re.compile(r"-?(\d{1,15}(\.\d{0,9})?|\.\d{1,9})")
_LARGEST_MINOR = 10**15


def sku_in(*, segment: Segment, first: int) -> str:
    """Return the supplier's SKU among the pairs of qualifier and identifier that begin at ``first``; empty if none."""
    pairs = {
        segment.at(position): segment.at(position + 1)
        for position in range(first, min(len(segment.elements), 40), 2)
        if segment.at(position + 1)
    }
    return next((pairs[one] for one in _SKU_QUALIFIERS if one in pairs), "")


def number_in(text: str) -> Decimal | None:
    """Return a number as it was written, None where there is none."""
    if not _NUMBER.fullmatch(text):
        return None
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


def quantity_in(text: str) -> int | None:
    """Return a whole quantity that is not negative, None for anything else."""
    number = number_in(text)
    if number is None or number < 0 or number != number.to_integral_value():
        return None
    return int(number)


def line_number_in(text: str) -> int | None:
    """Return the number of a line of ours, None where it cannot be one."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 5 else None


def is_single_unit(unit: str) -> bool:
    """Return whether a unit counts single pieces, as our quantities do."""
    return unit.upper() in _UNITS


def minor_of(*, amount: Decimal, currency: str) -> int | None:
    """Return an amount in minor units of its currency, None where it has more decimals than the currency."""
    scaled = amount.scaleb(minor_digits(currency=currency))
    if scaled != scaled.to_integral_value() or abs(scaled) > _LARGEST_MINOR:
        return None
    return int(scaled)


def implied_amount(text: str) -> Decimal | None:
    """Return an amount of which two decimals are implied, whatever the currency; a written point says what is meant."""
    number = number_in(text)
    if number is None:
        return None
    return number if "." in text else number.scaleb(-2)


def clean(text: str, length: int) -> str:
    """Return a text as it may stand in records: printable and bounded."""
    return "".join(one if one.isprintable() else " " for one in text)[:length].strip()
