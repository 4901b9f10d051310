"""What the attributes of goods say about who may send them and to whom: ``hazardous`` and ``minimum_age``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

HAZARDOUS = "hazardous"
MINIMUM_AGE = "minimum_age"
YES = ("true", "yes", "1")
AGE_PATTERN = "[1-9][0-9]?"

_AGE = re.compile(AGE_PATTERN)


class Restrictions(NamedTuple):
    """Whether goods are hazardous, and from what age on they may be sold (0: any)."""

    hazardous: bool
    minimum_age: int


def restrictions_of(*, attributes: Mapping[str, str]) -> Restrictions:
    """Return the restrictions that attributes state; the bulk path of feeds states the same in SQL."""
    age = attributes.get(MINIMUM_AGE, "")
    return Restrictions(
        hazardous=attributes.get(HAZARDOUS, "").lower() in YES,
        minimum_age=int(age) if _AGE.fullmatch(age) else 0,
    )
