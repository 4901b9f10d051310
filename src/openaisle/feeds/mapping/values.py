"""Words for values: what ``Damen`` or ``używany`` mean, and which value of the operator's list a color is."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib import resources

from openaisle.catalog.correction import corrected_condition
from openaisle.catalog.validation import CONDITIONS

_COLORS = "colors"
_MAPPED_FIELDS = ("condition", "currency", "attribute.gender", "attribute.age_group")


@cache
def _words() -> Mapping[str, Mapping[str, Sequence[str]]]:
    text = resources.files("openaisle.feeds.mapping").joinpath("values.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@cache
def known_values(*, field: str) -> Mapping[str, str]:
    """Return what each word means for a field whose values are ours, by the word in lower case."""
    if field not in _MAPPED_FIELDS:
        return {}
    return {word: value for value, words in _words()[field].items() for word in (value.lower(), *words)}


def canonical_value(*, field: str, text: str) -> str | None:
    """Return the value that a text means for a field, None if it means none."""
    return known_values(field=field).get(text.strip().lower())


def values_for(*, field: str, cells: Iterable[str], allowed: Sequence[str] = ()) -> Mapping[str, str]:
    """Return the value map that a column needs: empty if its cells are right as they stand.

    ``allowed`` is the operator's list of values of the field. A word that means nothing certain is not mapped.
    """
    targets = known_values(field=field) or _by_list(allowed=allowed)
    if not targets:
        return {}
    right = set(targets.values()) | set(allowed)
    wrong = (cell for cell in cells if cell not in right and not _is_mended_anyway(field=field, text=cell))
    return targets if any(cell.strip().lower() in targets for cell in wrong) else {}


def _is_mended_anyway(*, field: str, text: str) -> bool:
    """Return whether the catalog's own corrections know the word: then no mapping is needed for it."""
    return field == "condition" and corrected_condition(text=text) in CONDITIONS


def _by_list(*, allowed: Sequence[str]) -> Mapping[str, str]:
    """Return what words mean given the list of values: the same in other letters, or the same color."""
    found = {value.strip().lower(): value for value in allowed}
    groups = [frozenset((value, *words)) for value, words in _words()[_COLORS].items()]
    for value in allowed:
        group = next((one for one in groups if value.strip().lower() in one), frozenset())
        for word in group:
            found.setdefault(word, value)
    return found
