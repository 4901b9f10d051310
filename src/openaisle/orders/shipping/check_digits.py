"""The check digits that carriers end their tracking numbers with; each from the rule its carrier published. Pure.

Every function takes the characters before the check digit and returns the one that must follow.
"""

from __future__ import annotations

from itertools import cycle

from stdnum.iso7064 import mod_37_36

_FEDEX_WEIGHTS = (3, 1, 7)
_POSTAL_WEIGHTS = (8, 6, 4, 2, 3, 5, 9, 7)


def gs1(payload: str) -> str:
    """Return the check digit of GS1 (and of USPS and DHL Paket): weights 3, 1 from the right, modulo 10."""
    return str(-_weighted(payload[::-1], (3, 1)) % 10)


def ups(payload: str) -> str:
    """Return the check digit of a 1Z number or a waybill of UPS: weights 1, 2 from the left, letters as digits."""
    return str(-_weighted("".join(_digit_of(character) for character in payload), (1, 2)) % 10)


def fedex_express(payload: str) -> str:
    """Return the check digit of a FedEx number of 12 digits: weights 3, 1, 7 from the left, modulo 11, then 10."""
    return str(_weighted(payload, _FEDEX_WEIGHTS) % 11 % 10)


def fedex_long(payload: str) -> str:
    """Return the check digit of the last 14 digits of a FedEx number of 34: weights 1, 7, 3 from the left."""
    return str(_weighted(payload, (1, 7, 3)) % 11 % 10)


def postal_item(payload: str) -> str:
    """Return the check digit of an item of the Universal Postal Union, S10: eight weights, modulo 11."""
    rest = 11 - _weighted(payload, _POSTAL_WEIGHTS) % 11
    return {10: "0", 11: "5"}.get(rest, str(rest))


def remainder_of_seven(payload: str) -> str:
    """Return the check digit of a DHL Express waybill: the number modulo 7."""
    return str(int(payload) % 7)


def ident_code(payload: str) -> str:
    """Return the check digit of a DHL Identcode: weights 4, 9 from the left, modulo 10."""
    return str(-_weighted(payload, (4, 9)) % 10)


def gls(payload: str) -> str:
    """Return the check digit of a GLS parcel number: weights 3, 1 from the left, one more, modulo 10."""
    return str(-(_weighted(payload, (3, 1)) + 1) % 10)


def dpd(payload: str) -> str:
    """Return the check character of a DPD parcel number: ISO/IEC 7064 MOD 37,36."""
    return str(mod_37_36.calc_check_digit(payload))


def _weighted(digits: str, weights: tuple[int, ...]) -> int:
    return sum(int(digit) * weight for digit, weight in zip(digits, cycle(weights), strict=False))


def _digit_of(character: str) -> str:
    """Return the digit that UPS counts a letter as: A is 2, B is 3, and on, the last digit only."""
    return character if character.isdigit() else str((ord(character) - 63) % 10)
