"""Countries by code and by name in the languages suppliers write, and what is known of their postal codes."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import cache

import pycountry
from babel import Locale
from rapidfuzz import fuzz, process

# The languages in which a country's name is recognized without doubt.
_LANGUAGES = ("en", "pt", "es", "fr", "de", "it", "nl", "pl")
_SUGGESTION_SCORE_MINIMUM = 80.0

# What people write besides the official and the common names.
_EVERYDAY_NAMES: Mapping[str, str] = {
    "america": "US",
    "england": "GB",
    "great britain": "GB",
    "holland": "NL",
    "northern ireland": "GB",
    "scotland": "GB",
    "u s": "US",
    "u s a": "US",
    "uk": "GB",
    "wales": "GB",
}

# Sources: the postal operators' own descriptions and the CLDR postal code data (patterns of all addresses, not of lists
# of places).
_POSTAL_CODES: Mapping[str, str] = {
    "AD": r"AD\d{3}",
    "AL": r"\d{4}",
    "AR": r"(?:[A-HJ-NP-Z])?\d{4}(?:[A-Z]{3})?",
    "AT": r"\d{4}",
    "AU": r"\d{4}",
    "BA": r"\d{5}",
    "BE": r"\d{4}",
    "BG": r"\d{4}",
    "BR": r"\d{5}-?\d{3}|\d{5}",
    "CA": r"[ABCEGHJ-NPRSTVXY]\d[ABCEGHJ-NPRSTV-Z] ?\d[ABCEGHJ-NPRSTV-Z]\d",
    "CH": r"\d{4}",
    "CL": r"\d{7}|\d{3}-?\d{4}",
    "CN": r"\d{6}",
    "CO": r"\d{6}",
    "CR": r"\d{5}",
    "CY": r"\d{4}",
    "CZ": r"\d{3} ?\d{2}",
    "DE": r"\d{5}",
    "DK": r"\d{4}",
    "EC": r"\d{6}",
    "EE": r"\d{5}",
    "EG": r"\d{5}",
    "ES": r"\d{5}",
    "FI": r"\d{5}",
    "FO": r"\d{3}",
    "FR": r"\d{5}",
    "GB": (
        r"GIR ?0AA|[A-PR-UWYZ](?:\d{1,2}|[A-HK-Y]\d{1,2}|\d[A-HJKPSTUW]|[A-HK-Y]\d[ABEHMNPRV-Y])"
        r" ?\d[ABD-HJLNP-UW-Z]{2}"
    ),
    "GR": r"\d{3} ?\d{2}",
    "HR": r"\d{5}",
    "HU": r"\d{4}",
    "ID": r"\d{5}",
    "IE": r"(?:D6W|[AC-FHKNPRTV-Y]\d{2}) ?[0-9AC-FHKNPRTV-Y]{4}",
    "IL": r"\d{5}(?:\d{2})?",
    "IN": r"[1-9]\d{2} ?\d{3}",
    "IS": r"\d{3}",
    "IT": r"\d{5}",
    "JP": r"\d{3}-?\d{4}",
    "KE": r"\d{5}",
    "KR": r"\d{5}",
    "LI": r"94\d{2}",
    "LT": r"(?:LT-?)?\d{5}",
    "LU": r"(?:L-?)?\d{4}",
    "LV": r"(?:LV-?)?\d{4}",
    "MA": r"\d{5}",
    "MC": r"980\d{2}",
    "MD": r"(?:MD-?)?\d{4}",
    "ME": r"8\d{4}",
    "MK": r"\d{4}",
    "MT": r"[A-Z]{3} ?\d{4}",
    "MX": r"\d{5}",
    "MY": r"\d{5}",
    "NL": r"[1-9]\d{3} ?[A-Z]{2}",
    "NO": r"\d{4}",
    "NZ": r"\d{4}",
    "PE": r"\d{5}",
    "PH": r"\d{4}",
    "PK": r"\d{5}",
    "PL": r"\d{2}-\d{3}",
    "PT": r"\d{4}-\d{3}",
    "RO": r"\d{6}",
    "RS": r"\d{5,6}",
    "RU": r"\d{6}",
    "SA": r"\d{5}(?:-\d{4})?",
    "SE": r"\d{3} ?\d{2}",
    "SG": r"\d{6}",
    "SI": r"\d{4}",
    "SK": r"\d{3} ?\d{2}",
    "TH": r"\d{5}",
    "TN": r"\d{4}",
    "TR": r"\d{5}",
    "TW": r"\d{3}(?:\d{2,3})?",
    "UA": r"\d{5}",
    "US": r"\d{5}(?:-\d{4})?",
    "UY": r"\d{5}",
    "VN": r"\d{5,6}",
    "ZA": r"\d{4}",
}


def is_country_code(*, text: str) -> bool:
    """Return whether the text is an assigned ISO 3166 code of two capital letters."""
    return len(text) == 2 and text.isupper() and pycountry.countries.get(alpha_2=text) is not None


def country_code(*, text: str) -> str | None:
    """Return the two-letter code for a code in any case, a three-letter code or a name; None if it is not certain."""
    plain = text.strip().upper()
    if len(plain) == 2 and is_country_code(text=plain):
        return plain
    if len(plain) == 3:
        by_three = pycountry.countries.get(alpha_3=plain)
        if by_three is not None:
            return str(by_three.alpha_2)
    return _codes_by_name().get(folded(text=text))


def similar_country(*, text: str) -> str | None:
    """Return the code of the country whose name is most like the text, if any is like it at all."""
    names = _codes_by_name()
    best = process.extractOne(
        folded(text=text), names.keys(), scorer=fuzz.ratio, score_cutoff=_SUGGESTION_SCORE_MINIMUM
    )
    return names[best[0]] if best is not None else None


def country_name(*, code: str) -> str:
    """Return the English name of a country, or the code itself if there is none."""
    return str(Locale("en").territories.get(code, code))


def postal_code_fits(*, country: str, postal_code: str) -> bool | None:
    """Return whether a postal code has its country's form; None if that form is not known here."""
    pattern = _POSTAL_CODES.get(country)
    return None if pattern is None else re.fullmatch(pattern, postal_code.upper(), re.ASCII) is not None


def folded(*, text: str) -> str:
    """Return a text without accents, case and punctuation, its words apart by single spaces."""
    without_accents = "".join(
        character for character in unicodedata.normalize("NFKD", text) if not unicodedata.combining(character)
    )
    return " ".join(
        "".join(character if character.isalnum() else " " for character in without_accents).casefold().split()
    )


@cache
def state_codes(*, country: str) -> dict[str, str]:
    """Return the code of each state of a country by its name, without accents and case."""
    return {
        folded(text=state.name): state.code.partition("-")[2]
        for state in pycountry.subdivisions
        if state.country_code == country
    }


@cache
def _codes_by_name() -> dict[str, str]:
    # Built at the first name that is no code: most suppliers send a code, and the languages cost 50 milliseconds.
    names: dict[str, str] = {}
    for language in _LANGUAGES:
        for code, name in Locale(language).territories.items():
            if len(code) == 2 and pycountry.countries.get(alpha_2=code) is not None:
                names.setdefault(folded(text=name), code)
    for country in pycountry.countries:
        for attribute in ("name", "official_name", "common_name"):
            name = getattr(country, attribute, None)
            if name:
                names.setdefault(folded(text=name), country.alpha_2)
    return {**names, **_EVERYDAY_NAMES}
