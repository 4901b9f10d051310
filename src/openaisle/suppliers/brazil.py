"""What is known of Brazilian addresses: states, the postal codes (CEP) of each, and how cities are miswritten.

City names come with the state behind them, with an acute accent for an apostrophe, as an abbreviation, as a number.
Where only one reading is possible the name is mended, otherwise a person is asked.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import pairwise

import msgspec

from openaisle.suppliers.countries import folded

COUNTRY = "BR"

STATES: Mapping[str, str] = {
    "AC": "acre",
    "AL": "alagoas",
    "AM": "amazonas",
    "AP": "amapa",
    "BA": "bahia",
    "CE": "ceara",
    "DF": "distrito federal",
    "ES": "espirito santo",
    "GO": "goias",
    "MA": "maranhao",
    "MG": "minas gerais",
    "MS": "mato grosso do sul",
    "MT": "mato grosso",
    "PA": "para",
    "PB": "paraiba",
    "PE": "pernambuco",
    "PI": "piaui",
    "PR": "parana",
    "RJ": "rio de janeiro",
    "RN": "rio grande do norte",
    "RO": "rondonia",
    "RR": "roraima",
    "RS": "rio grande do sul",
    "SC": "santa catarina",
    "SE": "sergipe",
    "SP": "sao paulo",
    "TO": "tocantins",
}

# Source: Correios, "Faixas de CEP por UF": the first five digits at which each state's range begins, in order.
_RANGE_STARTS: tuple[tuple[int, str], ...] = (
    (1000, "SP"),
    (20000, "RJ"),
    (29000, "ES"),
    (30000, "MG"),
    (40000, "BA"),
    (49000, "SE"),
    (50000, "PE"),
    (57000, "AL"),
    (58000, "PB"),
    (59000, "RN"),
    (60000, "CE"),
    (64000, "PI"),
    (65000, "MA"),
    (66000, "PA"),
    (68900, "AP"),
    (69000, "AM"),
    (69300, "RR"),
    (69400, "AM"),
    (69900, "AC"),
    (70000, "DF"),
    (72800, "GO"),
    (73000, "DF"),
    (73700, "GO"),
    (76800, "RO"),
    (77000, "TO"),
    (78000, "MT"),
    (79000, "MS"),
    (80000, "PR"),
    (88000, "SC"),
    (90000, "RS"),
    (100000, ""),
)
# By state, because what abbreviates a city in one state is the whole name of another in the next: Poá lies in SP.
_ABBREVIATED_CITIES: Mapping[tuple[str | None, str], str] = {
    ("MG", "bh"): "belo horizonte",
    ("RJ", "rj"): "rio de janeiro",
    ("RS", "poa"): "porto alegre",
    ("SP", "sbc"): "sao bernardo do campo",
    ("SP", "scs"): "sao caetano do sul",
    ("SP", "sjc"): "sao jose dos campos",
    ("SP", "sp"): "sao paulo",
}
_COUNTRY_NAMES = frozenset({"br", "bra", "brasil", "brazil"})
_SEPARATORS = re.compile(r"\s*[/\\,]\s*|\s+[-\u2013]\s+|\s*[-\u2013](?=[A-Za-z]{2}$)")
_WRONG_APOSTROPHES = str.maketrans(dict.fromkeys("\u00b4`\u2018\u2019\u02bc", "'"))


class CityReading(msgspec.Struct, frozen=True, kw_only=True):
    """A city as it is read: ``city`` mended for certain, ``likely`` where a person must agree to the mend."""

    city: str
    likely: str | None = None


def state_code(*, text: str) -> str | None:
    """Return the code of a state from its code or name in any case; None if it is neither."""
    plain = folded(text=text)
    if plain.upper() in STATES:
        return plain.upper()
    return next((code for code, name in STATES.items() if name == plain), None)


def state_of_postal_code(*, postal_code: str) -> str | None:
    """Return the state a CEP (five or eight digits) lies in; None if it lies in none."""
    digits = postal_code.replace("-", "")
    if not (digits.isascii() and digits.isdigit() and len(digits) in (5, 8)):
        return None
    prefix = int(digits[:5])
    return next((state for (start, state), (end, _) in pairwise(_RANGE_STARTS) if start <= prefix < end), None)


def restored_postal_code(*, postal_code: str, state: str | None) -> str | None:
    """Return a CEP that lost its leading zero (read as a number somewhere) with the zero, where that is certain.

    Only São Paulo's begin with zero, so it is certain if the supplier says it is there.
    """
    digits = postal_code.replace("-", "").replace(".", "").replace(" ", "")
    if not (digits.isascii() and digits.isdigit() and len(digits) in (4, 7) and state == "SP"):
        return None
    whole = f"0{digits}"
    return whole if state_of_postal_code(postal_code=whole) == state else None


def city_reading(*, city: str, state: str | None) -> CityReading:
    """Return how a city's name is to be read in a state."""
    plain = city.translate(_WRONG_APOSTROPHES)
    first, *others = [part for part in _SEPARATORS.split(plain) if part]
    told = [part for part in others if folded(text=part) not in _COUNTRY_NAMES]
    if others and all(_names_state_or_city(part=part, state=state, city=first) for part in told):
        plain = first
    likely = _ABBREVIATED_CITIES.get((state, folded(text=plain)))
    if likely is None and others and plain != first and state_code(text=others[-1]) is not None:
        likely = first
    return CityReading(city=plain, likely=likely)


def _names_state_or_city(*, part: str, state: str | None, city: str) -> bool:
    if folded(text=part) == folded(text=city):
        return True
    return state is not None and state_code(text=part) == state
