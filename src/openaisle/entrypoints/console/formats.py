"""How values are written for people: money, numbers, moments and ages, in one place for every page."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from babel.numbers import format_currency

from openaisle.kernel.money import minor_digits

LOCALE = "en_US"
_AGES = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))
_IDENTIFIER_TAIL = 6


def money_text(*, amount_minor: int, currency: str) -> str:
    """Return ``€1,299.00`` for 129900 minor units of EUR; raises CurrencyUnknown."""
    amount = Decimal(amount_minor).scaleb(-minor_digits(currency=currency))
    return format_currency(amount, currency, locale=LOCALE)


def count_text(*, number: int) -> str:
    """Return a whole number with its thousands parted: ``98,666``."""
    return f"{number:,}"


def quantity_text(*, number: int, noun: str) -> str:
    """Return ``1 order`` or ``2 orders``; the noun takes a plain ``s``."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def age_text(*, at: datetime, now: datetime) -> str:
    """Return how long ago (``3 min ago``) or how far ahead (``in 2 h``) a moment is, in its largest whole unit."""
    seconds = round((now - at).total_seconds())
    for unit_seconds, unit in _AGES:
        if abs(seconds) >= unit_seconds:
            whole = abs(seconds) // unit_seconds
            return f"{whole} {unit} ago" if seconds > 0 else f"in {whole} {unit}"
    return "now"


def moment_text(*, at: datetime, now: datetime) -> str:
    """Return a UTC moment as briefly as it stays clear: ``18:03:34`` today, ``Nov 23, 18:03`` this year."""
    there, here = at.astimezone(UTC), now.astimezone(UTC)
    if there.date() == here.date():
        return f"{there:%H:%M:%S}"
    if there.year == here.year:
        return f"{there:%b} {there.day}, {there:%H:%M}"
    return f"{there:%Y-%m-%d %H:%M}"


def full_moment_text(*, at: datetime) -> str:
    """Return a moment to the second, with its zone: ``2026-11-23 18:03:34 UTC``."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def moment(*, text: str) -> datetime:
    """Return the moment that a stored UTC text names (``2026-11-23T18:03:34.123456Z``)."""
    return datetime.fromisoformat(text)


def words_text(*, code: str) -> str:
    """Return a state or code as words: ``partially_accepted`` becomes ``partially accepted``."""
    return code.replace("_", " ").replace("-", " ").replace(".", " ")


def sentence_text(*, code: str) -> str:
    """Return a state or code as the start of a sentence: ``Partially accepted``."""
    words = words_text(code=code)
    return words[:1].upper() + words[1:]


def actor_text(*, actor: str) -> str:
    """Return who did something as words: ``system:supplier-verification`` becomes ``supplier verification``.

    What the marketplace does by itself is told by the name of what does it, other parties by role and subject.
    """
    role, _, subject = actor.partition(":")
    if not subject or subject == role:
        return words_text(code=role)
    return words_text(code=subject) if role == "system" else f"{role} {subject}"


def short_identifier(*, identifier: str) -> str:
    """Return the prefix and the last characters of an identifier, enough to tell rows of a page apart."""
    prefix, _, rest = identifier.partition("_")
    if len(rest) <= _IDENTIFIER_TAIL + 2:
        return identifier
    return f"{prefix}_…{rest[-_IDENTIFIER_TAIL:]}"
