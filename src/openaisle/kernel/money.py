"""Money: whole minor units and an ISO 4217 currency code; never a binary fraction."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from functools import lru_cache

import msgspec
from babel.core import get_global

from openaisle.kernel.errors import RequestInvalid

# Beyond this a number of minor units is a mistake, not a price; it also keeps sums inside 64 bits.
MAXIMUM_MINOR = 10**15


class CurrencyUnknown(RequestInvalid):
    """A code that ISO 4217 does not list."""

    code = "currency-unknown"
    title = "That is not an ISO 4217 currency"
    mend = "Send a three-letter code in capitals, such as EUR."


class CurrencyMismatch(RequestInvalid):
    """Two amounts of different currencies met in one sum."""

    code = "currency-mismatch"
    title = "The currencies differ"
    mend = "Send all amounts of one order in the currency of its offers."


class AmountUnreadable(RequestInvalid):
    """A text that is not an amount, or has more decimals than its currency."""

    code = "amount-unreadable"
    title = "That is not an amount of this currency"
    mend = "Send a plain decimal number such as 12.99, with no more decimals than the currency has."


class Money(msgspec.Struct, frozen=True, kw_only=True):
    """An amount: ``amount_minor`` whole minor units (cents) of ``currency`` (ISO 4217)."""

    amount_minor: int
    currency: str

    def __add__(self, other: Money) -> Money:
        """Return the sum; raises CurrencyMismatch."""
        self._require_same_currency(other)
        return Money(amount_minor=self.amount_minor + other.amount_minor, currency=self.currency)

    def __sub__(self, other: Money) -> Money:
        """Return the difference; raises CurrencyMismatch."""
        self._require_same_currency(other)
        return Money(amount_minor=self.amount_minor - other.amount_minor, currency=self.currency)

    def times(self, *, quantity: int) -> Money:
        """Return the amount ``quantity`` times."""
        return Money(amount_minor=self.amount_minor * quantity, currency=self.currency)

    def _require_same_currency(self, other: Money) -> None:
        if self.currency != other.currency:
            raise CurrencyMismatch(detail=f"{self.currency} and {other.currency} cannot be added.")


@lru_cache(maxsize=512)
def minor_digits(*, currency: str) -> int:
    """Return how many decimals the currency has (EUR 2, JPY 0, KWD 3); raises CurrencyUnknown.

    Source: the Unicode CLDR's list of currencies and their fractions, as shipped by Babel.
    """
    if len(currency) != 3 or currency not in get_global("all_currencies"):
        raise CurrencyUnknown(detail=f"{currency[:10]!r} is not a currency code.")
    fractions = get_global("currency_fractions")
    return int(fractions.get(currency, fractions["DEFAULT"])[0])


def money_from_decimal_text(*, text: str, currency: str) -> Money:
    """Read a plain decimal such as ``12.99``; raises AmountUnreadable or CurrencyUnknown."""
    digits = minor_digits(currency=currency)
    try:
        scaled = Decimal(text.strip()).scaleb(digits)
    except InvalidOperation:
        raise AmountUnreadable(detail=f"{text[:40]!r} is not a number.") from None
    if not scaled.is_finite() or abs(scaled) > MAXIMUM_MINOR:
        raise AmountUnreadable(detail=f"{text[:40]!r} is not an amount anyone could pay.")
    if scaled != scaled.to_integral_value():
        raise AmountUnreadable(detail=f"{text[:40]!r} has more than the {digits} decimals of {currency}.")
    return Money(amount_minor=int(scaled), currency=currency)


def decimal_text(*, money: Money) -> str:
    """Return the amount as a plain decimal, ``12.99`` for 1299 minor units of EUR."""
    return f"{Decimal(money.amount_minor).scaleb(-minor_digits(currency=money.currency)):f}"
