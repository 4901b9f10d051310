"""Automatic corrections: each is certain, keeps what stood there before, and names its rule."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping

from openaisle.catalog.issues import CorrectionRule
from openaisle.kernel.errors import OpenAisleError
from openaisle.kernel.gtin import gtin_check_digit, normalized_gtin

# One search tells that a text needs nothing, which is so for nearly all of them.
_UNTIDY = re.compile(r"[\x00-\x1f\x7f-\x9f\u00a0\u2000-\u200f\u2028-\u202f\u2060\ufeff<&]|^ | $|  ")
_UNTIDY_LONG = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060\ufeff]|^\s|\s$")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060\ufeff]")
_TAG = re.compile(r"</?[A-Za-z][^<>]{0,500}>|<!--.{0,500}?-->", re.DOTALL)
_SPACES = re.compile(r"\s+")
_GTIN_SEPARATORS = re.compile(r"[\s\-.\u2010-\u2015]")
_GTIN_DECIMAL_ZERO = re.compile(r"[.,]0+$")
_ISBN10 = re.compile(r"[0-9]{9}[0-9X]")
_ZEROS_LOST_LENGTHS = frozenset({7, 9, 10, 11})

CONDITION_SYNONYMS: Mapping[str, str] = {
    "brand new": "new",
    "neu": "new",
    "novo": "new",
    "nuevo": "new",
    "neuf": "new",
    "nuovo": "new",
    "unused": "new",
    "newcondition": "new",
    "renewed": "refurbished",
    "reconditioned": "refurbished",
    "refurb": "refurbished",
    "usedcondition": "used",
    "second hand": "used",
    "second-hand": "used",
    "pre-owned": "used",
    "gebraucht": "used",
    "usado": "used",
    "occasion": "used",
    "usato": "used",
}

Mend = tuple[str, CorrectionRule]


def tidied_line(*, text: str) -> tuple[str, list[Mend]]:
    """Return a one-line text without control characters, markup and needless spaces, and the mends in order."""
    if _UNTIDY.search(text) is None:
        return text, []
    mends: list[Mend] = []
    clean = _CONTROL.sub("", text)
    if clean != text:
        mends.append((clean, CorrectionRule.CONTROL_CHARACTERS_REMOVED))
    plain = _without_markup(clean)
    if plain != clean:
        mends.append((plain, CorrectionRule.MARKUP_REMOVED))
    tidy = _SPACES.sub(" ", plain).strip()
    if tidy != plain:
        mends.append((tidy, CorrectionRule.WHITE_SPACE_TIDIED))
    return tidy, mends


def tidied_text(*, text: str) -> tuple[str, list[Mend]]:
    """Return a text of many lines without control characters and outer spaces; its markup is left to validation."""
    if _UNTIDY_LONG.search(text) is None:
        return text, []
    mends: list[Mend] = []
    clean = _CONTROL.sub("", text)
    if clean != text:
        mends.append((clean, CorrectionRule.CONTROL_CHARACTERS_REMOVED))
    tidy = clean.strip()
    if tidy != clean:
        mends.append((tidy, CorrectionRule.WHITE_SPACE_TIDIED))
    return tidy, mends


def lowered_capitals(*, title: str) -> str:
    """Return a title that was all capitals with only the first letter of each word in capitals.

    Short words and those with digits stay: they are model numbers, sizes and abbreviations.
    """
    words = title.split(" ")
    if not title.isupper() or len(words) < 2 or sum(map(str.isalpha, title)) < 8:
        return title
    return " ".join(word.capitalize() if len(word) > 3 and word.isalpha() else word for word in words)


def corrected_gtin(*, text: str) -> tuple[str, list[Mend]]:
    """Return the 14 digits of a GTIN and the mends that led there; raises GtinInvalid.

    Lost leading zeros come back only if the check digit of the padded number holds; a check digit is never made up.
    An ISBN-10 whose own check digit holds becomes the ISBN-13 of the same book, unless it may be a number without its
    zeros as well. Going from a shorter form to the 14 digits is the form in which GTINs are kept, not a mend.
    """
    mends: list[Mend] = []
    digits = text
    if not (text.isascii() and text.isdigit()):
        digits = _GTIN_SEPARATORS.sub("", _GTIN_DECIMAL_ZERO.sub("", text.strip().lstrip("'\"`")))
        if digits != text and digits.isascii() and digits.isdigit():
            mends.append((digits, CorrectionRule.GTIN_SEPARATORS_REMOVED))
        else:
            # Let the kernel say what is wrong with what was handed in.
            digits = text
    isbn = digits.strip().upper()
    if _is_isbn10(isbn) and not _is_gtin(isbn.zfill(12)):
        body = f"978{isbn[:9]}"
        gtin = body + str(gtin_check_digit(body=body))
        return normalized_gtin(text=gtin), [*mends, (gtin, CorrectionRule.ISBN_CONVERTED)]
    if len(digits) in _ZEROS_LOST_LENGTHS and digits.isascii() and digits.isdigit() and not _is_isbn10(digits):
        padded = digits.zfill(8 if len(digits) == 7 else 12)
        try:
            gtin = normalized_gtin(text=padded)
        except OpenAisleError:
            return normalized_gtin(text=digits), mends
        mends.append((padded, CorrectionRule.GTIN_ZEROS_RESTORED))
        return gtin, mends
    return normalized_gtin(text=digits), mends


def corrected_condition(*, text: str) -> str:
    """Return the condition a text means, or the text itself in lower case if it means none."""
    lowered = text.strip().lower().replace("_", " ")
    return CONDITION_SYNONYMS.get(lowered, lowered)


def _without_markup(text: str) -> str:
    # Entities may hide tags and tags may hold entities; twice each is as deep as real data goes.
    for _ in range(2):
        if "&" in text:
            text = html.unescape(text)
        if "<" in text:
            text = _TAG.sub(" ", text)
    return _CONTROL.sub("", text)


def _is_isbn10(digits: str) -> bool:
    if _ISBN10.fullmatch(digits) is None:
        return False
    values = [10 if digit == "X" else int(digit) for digit in digits]
    return any(values) and sum(weight * value for weight, value in zip(range(10, 0, -1), values, strict=True)) % 11 == 0


def _is_gtin(digits: str) -> bool:
    try:
        normalized_gtin(text=digits)
    except OpenAisleError:
        return False
    return True
