"""What a mapping must say before a feed of a kind can be used."""

from __future__ import annotations

from openaisle.feeds.mapping.fields import REQUIRED
from openaisle.feeds.mapping.model import FeedMapping


def missing_fields(*, mapping: FeedMapping, kind: str, prices_name_currency: bool = False) -> tuple[str, ...]:
    """Return the fields that a feed of this kind must tell and that the mapping does not fill.

    Of alternatives the first is named. ``prices_name_currency`` tells that every price was seen with its currency.
    """
    fields = mapping.fields
    return tuple(
        alternatives[0]
        for alternatives in REQUIRED.get(kind, REQUIRED["products"])
        if not fields & set(alternatives) and not (alternatives == ("currency",) and prices_name_currency)
    )
