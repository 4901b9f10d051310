"""Cells of a feed become facts: numbers and prices are read from texts, with provenance."""

from __future__ import annotations

import re
from collections.abc import Mapping

from openaisle.catalog.issues import Correction, CorrectionRule, Issue, IssueCode, correction, issue
from openaisle.catalog.model import SubmissionFacts
from openaisle.kernel.errors import OpenAisleError
from openaisle.kernel.money import Money, money_from_decimal_text

TEXT_FIELDS = frozenset(
    {
        "supplier_sku",
        "title",
        "gtin",
        "product_reference",
        "description",
        "brand",
        "part_number",
        "category",
        "variant_group",
        "currency",
        "location",
        "condition",
    }
)
ATTRIBUTE_PREFIX = "attribute."
PRICE_FIELD = "price"
IMAGE_URLS_MAXIMUM = 20

# Header names that mean one of ours, in lower case with single underscores. A later issue learns more of them.
HEADER_SYNONYMS: Mapping[str, str] = {
    "sku": "supplier_sku",
    "article_number": "supplier_sku",
    "item_number": "supplier_sku",
    "id": "supplier_sku",
    "name": "title",
    "product_name": "title",
    "ean": "gtin",
    "ean13": "gtin",
    "upc": "gtin",
    "isbn": "gtin",
    "barcode": "gtin",
    "manufacturer": "brand",
    "product_type": "category",
    "product_category": "category",
    "weight": "weight_grams",
    "weight_g": "weight_grams",
    "length": "length_mm",
    "width": "width_mm",
    "height": "height_mm",
    "amount_minor": "price_minor",
    "unit_price": "price",
    "quantity": "on_hand",
    "qty": "on_hand",
    "stock": "on_hand",
    "warehouse": "location",
    "lead_time": "lead_time_days",
    "handling_time": "lead_time_days",
    "images": "image_count",
}

_UNITS: Mapping[str, tuple[str, ...]] = {
    "weight_grams": ("grams", "gram", "gr", "g"),
    "length_mm": ("mm",),
    "width_mm": ("mm",),
    "height_mm": ("mm",),
    "lead_time_days": ("days", "day", "d"),
    "on_hand": ("pieces", "pcs", "pc"),
}
_INTEGER = re.compile(r"[+-]?[0-9]{1,18}")
_WHOLE_DECIMAL = re.compile(r"([+-]?[0-9]{1,18})[.,]0+")
_KRONE = frozenset({"DKK", "ISK", "NOK", "SEK"})
_SYMBOLS: Mapping[str, frozenset[str]] = {
    "€": frozenset({"EUR"}),
    "£": frozenset({"GBP"}),
    "US$": frozenset({"USD"}),
    "R$": frozenset({"BRL"}),
    "zł": frozenset({"PLN"}),
    "₹": frozenset({"INR"}),
    "₺": frozenset({"TRY"}),
    "¥": frozenset({"CNY", "JPY"}),
    "kr": _KRONE,
    "kr.": _KRONE,
    "$": frozenset({"ARS", "AUD", "CAD", "CLP", "COP", "HKD", "MXN", "NZD", "SGD", "TWD", "USD", "UYU"}),
}
_PRICE = re.compile(r"(?P<before>[^\d+\-.,]*)(?P<number>[+-]?[\d.,'\u2019\s]*\d)(?P<after>[^\d]*)")
_PLAIN_DECIMAL = re.compile(r"[0-9]+(?:\.[0-9]+)?")
_CODE = re.compile(r"[A-Za-z]{3}")
_GROUPED_INTEGER = re.compile(r"[0-9]{1,3}(?:[ '\u2019\u00a0\u202f][0-9]{3}){1,5}")
_SPACING = re.compile(r"[\s'\u2019\u00a0\u202f]")
_URL_SEPARATORS = re.compile(r"[\s|]+|[,;]+(?=https?://)", re.IGNORECASE)
_GROUPS = re.compile(r"[+-]?\d{1,3}(?:[.,]\d{3})+")


class Facts:
    """The facts of one row while its cells are read."""

    def __init__(self, *, row: int | None) -> None:
        """Take the number of the row in its feed."""
        self._row = row
        self.issues: list[Issue] = []
        self.corrections: list[Correction] = []

    def read(self, *, cells: Mapping[str, str]) -> SubmissionFacts:
        """Return the facts of the cells, by our field names; gathers issues and corrections, never raises."""
        known: dict[str, object] = {}
        attributes: dict[str, str] = {}
        for field, text in cells.items():
            if field in TEXT_FIELDS:
                if text:
                    known[field] = text
            elif field.startswith(ATTRIBUTE_PREFIX):
                if text:
                    attributes[field.removeprefix(ATTRIBUTE_PREFIX)] = text
            elif field == "image_urls":
                known[field] = image_urls_of(text=text)
            elif field not in {PRICE_FIELD, "price_minor"}:
                number = self._integer(field=field, text=text)
                if number is not None:
                    known[field] = number
        self._read_price(cells=cells, known=known)
        return SubmissionFacts(attributes=attributes, **known)  # type: ignore[arg-type]

    def _integer(self, *, field: str, text: str) -> int | None:
        bare = text.strip()
        if not bare:
            return None
        if _INTEGER.fullmatch(bare):
            return int(bare)
        number = bare
        for unit in _UNITS.get(field, ()):
            if number.lower().endswith(unit):
                number = number[: -len(unit)].rstrip()
                break
        whole = _WHOLE_DECIMAL.fullmatch(number)
        number = whole[1] if whole else number
        if _INTEGER.fullmatch(number):
            self._mended(field=field, before=text, after=number, rule=CorrectionRule.NUMBER_TEXT_READ)
            return int(number)
        code = {
            "on_hand": IssueCode.ON_HAND_UNREADABLE,
            "lead_time_days": IssueCode.LEAD_TIME_INVALID,
        }.get(field, IssueCode.MEASURE_UNREADABLE)
        self._found(code=code, field=field, message=f"{bare[:80]!r} is not a whole number.")
        return None

    def _read_price(self, *, cells: Mapping[str, str], known: dict[str, object]) -> None:
        minor_text = cells.get("price_minor", "").strip()
        if _INTEGER.fullmatch(minor_text):
            known["price_minor"] = int(minor_text)
            return
        if _GROUPED_INTEGER.fullmatch(minor_text):
            # In the column of minor units a grouped whole number is one of minor units, as it is without its spaces.
            number = _SPACING.sub("", minor_text)
            self._mended(field="price_minor", before=minor_text, after=number, rule=CorrectionRule.NUMBER_TEXT_READ)
            known["price_minor"] = int(number)
            return
        text = minor_text or cells.get(PRICE_FIELD, "").strip()
        if not text:
            return
        currency = str(known.get("currency", "")).strip().upper()
        try:
            money = _price(text=text, currency=currency)
        except _PriceRefused as refused:
            self._found(code=refused.code, field="price_minor", message=f"{text[:60]!r} {refused}.")
            return
        known["price_minor"] = money.amount_minor
        after = str(money.amount_minor)
        if _PLAIN_DECIMAL.fullmatch(text) is None:
            self._mended(field="price_minor", before=text, after=after, rule=CorrectionRule.PRICE_TEXT_READ)
        if not currency:
            known["currency"] = money.currency
            self._mended(
                field="currency", before="", after=money.currency, rule=CorrectionRule.CURRENCY_READ_FROM_PRICE
            )

    def _found(self, *, code: IssueCode, field: str, message: str) -> None:
        self.issues.append(issue(code=code, field=field, message=message, row=self._row))

    def _mended(self, *, field: str, before: str, after: str, rule: CorrectionRule) -> None:
        self.corrections.append(correction(field=field, before=before, after=after, rule=rule, row=self._row))


class _PriceRefused(Exception):
    """A text that is no price, with the code of the issue it makes."""

    def __init__(self, *, why: str, code: IssueCode = IssueCode.PRICE_UNREADABLE) -> None:
        self.code = code
        super().__init__(why)


def _price(*, text: str, currency: str) -> Money:
    """Return the price that a text such as ``12,99 €`` means; raises _PriceRefused."""
    parts = _PRICE.fullmatch(text) if len(text) <= 60 else None
    if parts is None:
        raise _PriceRefused(why="is not a price")
    currency = _currency_of(marks=[parts["before"].strip(), parts["after"].strip()], currency=currency)
    number = _plain_decimal(number=_SPACING.sub("", parts["number"]))
    try:
        return money_from_decimal_text(text=number, currency=currency)
    except OpenAisleError as error:
        raise _PriceRefused(why=f"cannot be read ({error.detail.rstrip('.')})") from None


def _currency_of(*, marks: list[str], currency: str) -> str:
    """Return the currency that a column and the marks beside a number agree on; raises _PriceRefused."""
    possible = [_currencies_of(mark) for mark in marks if mark]
    if not possible:
        if currency:
            return currency
        # Without a currency the number of decimals is unknown.
        raise _PriceRefused(why="has no currency")
    agreed = frozenset.intersection(*possible)
    if not agreed:
        raise _PriceRefused(why="names two currencies")
    if not currency:
        if len(agreed) == 1:
            return next(iter(agreed))
        raise _PriceRefused(why=f"may be in {', '.join(sorted(agreed))}")
    if currency in agreed:
        return currency
    why = f"is written in another currency than {currency[:10]}, which the currency column says"
    raise _PriceRefused(why=why, code=IssueCode.CURRENCY_CONTRADICTED)


def _currencies_of(mark: str) -> frozenset[str]:
    """Return the currencies that a mark beside a number may mean; raises _PriceRefused."""
    if mark in _SYMBOLS:
        return _SYMBOLS[mark]
    if _CODE.fullmatch(mark):
        return frozenset({mark.upper()})
    raise _PriceRefused(why="holds something other than a price and its currency")


def _plain_decimal(*, number: str) -> str:
    """Return ``1.299,00`` as ``1299.00``; raises _PriceRefused where a separator may mean two things."""
    last = max(number.rfind("."), number.rfind(","))
    if last < 0:
        return number
    separator = number[last]
    other = "," if separator == "." else "."
    whole, fraction = number[:last], number[last + 1 :]
    if separator in whole:
        # The same separator twice can only part thousands.
        if _GROUPS.fullmatch(number):
            return number.replace(separator, "")
        raise _PriceRefused(why="has separators that fit neither thousands nor decimals")
    if separator == "," and other not in whole and len(fraction) == 3 and whole.lstrip("+-") not in {"", "0"}:
        raise _PriceRefused(why="may mean thousands or decimals")
    return f"{whole.replace(other, '') or '0'}.{fraction}"


def image_urls_of(*, text: str) -> tuple[str, ...]:
    """Return the addresses that a cell holds, each once; they are parted by spaces, bars, commas or semicolons.

    A comma or semicolon inside an address parts nothing: only one before another address does.
    """
    parts = _URL_SEPARATORS.split(text)
    return tuple(dict.fromkeys(part for part in (one.strip(",;") for one in parts) if part))


def known_field(*, header: str) -> str | None:
    """Return our field that a header names, or None; ``attribute.<name>`` columns are attributes."""
    name = re.sub(r"[^a-z0-9.:]+", "_", header.strip().lower()).strip("_")
    if name.startswith(("attribute.", "attribute:")):
        attribute = name[len("attribute.") :]
        return f"{ATTRIBUTE_PREFIX}{attribute}" if attribute else None
    name = HEADER_SYNONYMS.get(name, name)
    return name if name in _FIELDS else None


_FIELDS = frozenset(SubmissionFacts.__struct_fields__) - {"attributes"} | {PRICE_FIELD}
