"""Telephone numbers: read once, for the correction and for the check."""

from __future__ import annotations

from functools import lru_cache

import msgspec
import phonenumbers


class PhoneReading(msgspec.Struct, frozen=True, kw_only=True):
    """A number as it is read: its international form (E.164), whether it can exist, and the country it belongs to."""

    international: str
    valid: bool
    country: str | None


@lru_cache(maxsize=256)
def phone_reading(*, text: str, country: str) -> PhoneReading | None:
    """Return how a number is read; without an international prefix it is one of ``country``. None if it is no number.

    A verification asks twice for the same number, in two steps of its workflow, hence the small cache.
    """
    try:
        number = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        return None
    return PhoneReading(
        international=phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164),
        valid=phonenumbers.is_valid_number(number),
        country=phonenumbers.region_code_for_number(number),
    )
