"""What stands on a list: entries with their names, and the facts of a list as a whole."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class ListName(StrEnum):
    """The lists that can be loaded."""

    OFAC_SDN = "ofac-sdn"
    GLEIF = "gleif"


SANCTIONS_LISTS = frozenset({ListName.OFAC_SDN})
"""The lists on which nobody wants to be; on the others every company is."""


class EntryKind(StrEnum):
    """What an entry is about."""

    ENTITY = "entity"
    INDIVIDUAL = "individual"
    VESSEL = "vessel"
    AIRCRAFT = "aircraft"


class NameKind(StrEnum):
    """Whether it is the entry's own name or one that it is also known by."""

    PRIMARY = "primary"
    ALIAS = "alias"


class ListedName(msgspec.Struct, frozen=True, array_like=True):
    """One name of an entry."""

    text: str
    kind: NameKind = NameKind.PRIMARY


class ListedEntry(msgspec.Struct, frozen=True, array_like=True):
    """One entry: ``uid`` is the list's own identifier, ``country`` an ISO 3166 code where the list gives one."""

    uid: str
    kind: EntryKind
    names: tuple[ListedName, ...]
    programs: tuple[str, ...] = ()
    country: str | None = None
    remarks: str | None = None

    @property
    def name(self) -> str:
        """The entry's own name."""
        return self.names[0].text
