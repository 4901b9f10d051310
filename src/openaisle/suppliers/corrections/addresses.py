"""Rules for addresses: postal codes in their country's own form, codes for states, no punctuation at the end."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from openaisle.suppliers.corrections.mend import Mend
from openaisle.suppliers.countries import folded, postal_code_fits, state_codes
from openaisle.suppliers.facts import STREET_LINES, ClearFacts

_PUNCTUATION = re.compile(r"[\s.\-\u2010-\u2015]+")
_ENDING = re.compile(r"[\s,;:]+$")
_STATES_WITH_CODES = frozenset({"AU", "CA", "US"})

# How the characters of a postal code are put apart: its length without punctuation, where it is cut, and by what.
_CUTS: Mapping[str, tuple[tuple[int, int, str], ...]] = {
    "CA": ((6, 3, " "),),
    "CZ": ((5, 3, " "),),
    "GB": ((5, 2, " "), (6, 3, " "), (7, 4, " ")),
    "GR": ((5, 3, " "),),
    "IE": ((7, 3, " "),),
    "JP": ((7, 3, "-"),),
    "MT": ((7, 3, " "),),
    "NL": ((6, 4, " "),),
    "PL": ((5, 2, "-"),),
    "PT": ((7, 4, "-"),),
    "SE": ((5, 3, " "),),
    "SK": ((5, 3, " "),),
    "US": ((9, 5, "-"),),
}
# What was once written before postal codes of these countries, for letters from abroad.
_PREFIXES: Mapping[str, tuple[str, ...]] = {
    "AT": ("AT", "A"),
    "BE": ("BE", "B"),
    "CH": ("CH",),
    "DE": ("DE", "D"),
    "DK": ("DK",),
    "ES": ("ES", "E"),
    "FI": ("FI", "FIN"),
    "FR": ("FR", "F"),
    "IT": ("IT", "I"),
    "NO": ("NO", "N"),
    "SE": ("SE", "S"),
    "SI": ("SI",),
}


def postal_code_form(clear: ClearFacts) -> Iterator[Mend]:
    """Write a postal code as its country does: cut where it is cut, without the country before it."""
    address = clear.facts.address
    country, text = address.country or clear.facts.country, address.postal_code
    compact = _PUNCTUATION.sub("", text).upper()
    prefixes = sorted(_PREFIXES.get(country, ()), key=len, reverse=True)
    for prefix in prefixes:
        if compact.startswith(prefix) and compact.removeprefix(prefix).isdigit():
            compact = compact.removeprefix(prefix)
            break
    after = compact if prefixes and compact.isdigit() else text
    for length, cut, apart in _CUTS.get(country, ()):
        if len(compact) == length:
            after = f"{compact[:cut]}{apart}{compact[cut:]}"
    if after != text and postal_code_fits(country=country, postal_code=after):
        yield Mend(field="address.postal_code", after=after, rule="address.postal-code-form")


def american_region(clear: ClearFacts) -> Iterator[Mend]:
    """Put the code of a state or province of the United States, Canada or Australia for its name."""
    address = clear.facts.address
    country = address.country or clear.facts.country
    if address.region is None or country not in _STATES_WITH_CODES:
        return
    codes = state_codes(country=country)
    plain = address.region.strip().rstrip(".").upper()
    code = plain if plain in codes.values() else codes.get(folded(text=address.region))
    if code is not None and code != address.region:
        yield Mend(field="address.region", after=code, rule="address.state-code")


def trailing_punctuation(clear: ClearFacts) -> Iterator[Mend]:
    """Take commas and colons from the ends of an address's lines."""
    address = clear.facts.address
    lines = [_ENDING.sub("", line) for line in address.street_lines]
    after = "\n".join(line for line in lines if line)
    if after and after != "\n".join(address.street_lines):
        yield Mend(field=STREET_LINES, after=after, rule="address.punctuation")
    city = _ENDING.sub("", address.city)
    if city and city != address.city:
        yield Mend(field="address.city", after=city, rule="address.punctuation")
