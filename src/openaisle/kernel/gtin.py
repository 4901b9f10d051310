"""Global Trade Item Numbers: kept as 14 digits, whatever form they came in."""

from __future__ import annotations

from openaisle.kernel.errors import RequestInvalid

_LENGTHS = (8, 12, 13, 14)
RESTRICTED_PREFIXES = ("02", "04", "05", *(str(number) for number in range(20, 30)), "98", "99")


class GtinInvalid(RequestInvalid):
    """A number that is no GTIN: wrong characters, length or check digit."""

    code = "gtin-invalid"
    title = "That is not a valid GTIN"
    mend = "Send the 8, 12, 13 or 14 digits under the bar code; a check digit is never invented for you."


def gtin_check_digit(*, body: str) -> int:
    """Return the check digit that follows ``body`` (all digits but the last).

    Source: GS1 General Specifications, section 7.9.1, the standard check digit calculation.
    """
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(body)))
    return -total % 10


def is_restricted(*, gtin: str) -> bool:
    """Return whether a 14-digit GTIN stands in a range that names no product of the world: it may mean many.

    Source: GS1 General Specifications, section 1.4 (prefixes 02, 04, 20-29: restricted circulation; 05, 98, 99:
    coupons and refund receipts) and, for GTIN-8, the prefixes 0 and 2.
    """
    if gtin.startswith("000000"):
        return gtin[6] in "02"
    return gtin[1:3] in RESTRICTED_PREFIXES


def normalized_gtin(*, text: str) -> str:
    """Return the 14-digit form of a GTIN-8, -12 (UPC), -13 (EAN, ISBN-13) or -14; raises GtinInvalid."""
    digits = text.strip().replace(" ", "").replace("-", "")
    if not (digits.isascii() and digits.isdigit()):
        raise GtinInvalid(detail=f"{text[:30]!r} holds something other than digits.")
    if len(digits) not in _LENGTHS:
        raise GtinInvalid(detail=f"A GTIN has 8, 12, 13 or 14 digits, this has {len(digits)}.")
    if not digits.strip("0"):
        raise GtinInvalid(detail="A GTIN of zeros names nothing.")
    expected = gtin_check_digit(body=digits[:-1])
    if expected != int(digits[-1]):
        raise GtinInvalid(
            detail=f"The check digit of {digits} is {digits[-1]}, the digits before it ask for {expected}."
        )
    return digits.zfill(14)
