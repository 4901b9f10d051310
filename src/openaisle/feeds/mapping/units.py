"""Units of weight and length: how a text with its unit becomes whole grams or millimeters, in Python and in SQL.

Both must give the same for every text; a property test holds them together.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal

from openaisle.kernel.tabular import quoted_text

_WEIGHTS: Mapping[str, Decimal] = {
    "g": Decimal(1),
    "kg": Decimal(1000),
    "mg": Decimal("0.001"),
    "lb": Decimal("453.59237"),
    "oz": Decimal("28.349523125"),
}
_LENGTHS: Mapping[str, Decimal] = {
    "mm": Decimal(1),
    "cm": Decimal(10),
    "m": Decimal(1000),
    "in": Decimal("25.4"),
    "ft": Decimal("304.8"),
}
BASE_UNITS: Mapping[str, str] = {"weight_grams": "g", "length_mm": "mm", "width_mm": "mm", "height_mm": "mm"}
_FACTORS: Mapping[str, Mapping[str, Decimal]] = {
    "weight_grams": _WEIGHTS,
    "length_mm": _LENGTHS,
    "width_mm": _LENGTHS,
    "height_mm": _LENGTHS,
}
# How units are written: in lower case, without a final dot.
UNIT_SPELLINGS: Mapping[str, str] = {
    "g": "g",
    "gr": "g",
    "gram": "g",
    "grams": "g",
    "gramm": "g",
    "gramme": "g",
    "grammes": "g",
    "gramo": "g",
    "gramos": "g",
    "grammi": "g",
    "gms": "g",
    "kg": "kg",
    "kgs": "kg",
    "kilo": "kg",
    "kilos": "kg",
    "kilogram": "kg",
    "kilograms": "kg",
    "kilogramm": "kg",
    "mg": "mg",
    "milligram": "mg",
    "milligrams": "mg",
    "lb": "lb",
    "lbs": "lb",
    "pound": "lb",
    "pounds": "lb",
    "oz": "oz",
    "ounce": "oz",
    "ounces": "oz",
    "mm": "mm",
    "millimeter": "mm",
    "millimeters": "mm",
    "millimetre": "mm",
    "millimetres": "mm",
    "cm": "cm",
    "centimeter": "cm",
    "centimeters": "cm",
    "centimetre": "cm",
    "centimetres": "cm",
    "m": "m",
    "meter": "m",
    "meters": "m",
    "metre": "m",
    "metres": "m",
    "in": "in",
    "inch": "in",
    "inches": "in",
    "zoll": "in",
    "pouces": "in",
    '"': "in",
    "''": "in",
    "ft": "ft",
    "foot": "ft",
    "feet": "ft",
}
NUMBER_AND_UNIT = r"[ \t]*([0-9]{1,12})(?:([.,])([0-9]{1,6}))?[ \t]*([A-Za-z]{0,12}|\"|'')\.?[ \t]*"
_MEASURE = re.compile(NUMBER_AND_UNIT, re.ASCII)


def is_unit_of(*, field: str, unit: str) -> bool:
    """Return whether a field is measured in a unit, such as weight_grams in ``kg``."""
    return unit in _FACTORS.get(field, {})


def named_unit(*, text: str) -> str | None:
    """Return the unit that a word names, such as ``kg`` for ``Kilos``, None if it names none."""
    return UNIT_SPELLINGS.get(text.strip().lower().rstrip("."))


def converted(*, field: str, text: str, unit: str | None, decimal_comma: bool | None) -> str | None:
    """Return the whole grams or millimeters that a text means, None if it means none for certain.

    ``unit`` is that of a number that names none; without both there is no meaning. ``1,234`` is a number of thousands
    or one with decimals: only ``decimal_comma`` tells, and without it there is no meaning either.
    """
    parts = _MEASURE.fullmatch(text)
    if parts is None:
        return None
    whole, mark, fraction, word = parts.groups()
    meant = named_unit(text=word) if word else unit
    if meant is None or meant not in _FACTORS[field]:
        return None
    if mark and len(fraction) == 3 and _splits_thousands(whole=whole, mark=mark, decimal_comma=decimal_comma):
        if decimal_comma is None:
            return None
        number = Decimal(whole + fraction)
    else:
        number = Decimal(f"{whole}.{fraction or 0}")
    return str((number * _FACTORS[field][meant]).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def _splits_thousands(*, whole: str, mark: str, decimal_comma: bool | None) -> bool:
    """Return whether the mark before three digits does, or may, part thousands."""
    if not whole.strip("0") or len(whole) > 3:
        return False
    if mark == ",":
        return decimal_comma is not True
    return decimal_comma is True


def converted_sql(*, field: str, text: str, unit: str, decimal_comma: bool | None) -> str:
    """Return the SQL expression that gives what ``converted`` gives; ``text`` and ``unit`` are SQL expressions."""
    found = f"regexp_extract({text}, {quoted_text(f'^{NUMBER_AND_UNIT}$')}, ['whole', 'mark', 'fraction', 'word'])"
    spellings = ", ".join(quoted_text(word) for word in UNIT_SPELLINGS)
    names = ", ".join(quoted_text(unit) for unit in UNIT_SPELLINGS.values())
    factors = _FACTORS[field]
    spelled = f"list_extract([{names}], list_position([{spellings}], lower(p.word)))"
    factor = " ".join(
        f"WHEN {quoted_text(name)} THEN CAST({number} AS DECIMAL(15, 9))" for name, number in factors.items()
    )
    ambiguous = {
        None: "p.mark = ','",
        True: "p.mark = '.'",
        False: "p.mark = ','",
    }[decimal_comma]
    thousands = f"(length(p.fraction) = 3 AND length(p.whole) <= 3 AND ltrim(p.whole, '0') <> '' AND {ambiguous})"
    joined = "NULL" if decimal_comma is None else "p.whole || p.fraction"
    number = (
        f"TRY_CAST(CASE WHEN {thousands} THEN {joined}"
        " WHEN p.mark = '' THEN p.whole ELSE p.whole || '.' || p.fraction END AS DECIMAL(22, 6))"
    )
    meant = f"(CASE WHEN p.word = '' THEN {unit} ELSE {spelled} END)"
    value = f"CAST(CAST(round({number} * (CASE {meant} {factor} END)) AS HUGEINT) AS VARCHAR)"
    return f"list_extract(list_transform([{found}], lambda p: CASE WHEN p.whole = '' THEN NULL ELSE {value} END), 1)"
