"""What the operator allows in its catalog, as one frozen value."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from enum import StrEnum

import msgspec

from openaisle.catalog.spelling import NO_SPELLINGS, Spellings
from openaisle.kernel.html_cleaning import HtmlCleaner


class PolicyConsequence(StrEnum):
    """What happens to a product of which something is wrong; ``off``: it is not looked for."""

    OFF = "off"
    INFORM = "inform"
    WARN = "warn"
    REVIEW = "review"
    REJECT = "reject"


class WordsKind(StrEnum):
    """Why words are listed: they may not stand in a text, or name goods that may not be sold freely."""

    FORBIDDEN = "forbidden"
    RESTRICTED = "restricted"


class WordList(msgspec.Struct, frozen=True, kw_only=True):
    """Words that make a product doubtful or refused; a word that ends in ``*`` stands for all that begin so.

    ``name`` tells people which list it is, ``language`` in which language its words are. All lists are looked for in
    all texts, since nobody says in which language a text is.
    """

    name: str
    kind: WordsKind
    words: tuple[str, ...]
    language: str = ""
    consequence: PolicyConsequence = PolicyConsequence.REVIEW


class CatalogPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """The limits of validation.

    ``contact_data_doubted``: a person looks at titles and descriptions with mail addresses, phone numbers and links.
    ``price_jump_factor``: a price this many times above or below the supplier's own last price is doubtful.
    ``price_unusual_factor``: so is one this many times above or below the median of what at least
    ``price_unusual_offers`` other suppliers ask for the product; 0 compares nothing.
    ``html_cleaner``: takes active HTML out of descriptions; without one it refuses them.
    ``brands`` and ``categories``: how the operator spells them; where there is none, none is corrected.
    ``gpsr``: what happens to products that lack what the EU wants to be shown with an offer.
    """

    gtin_required: bool = False
    contact_data_doubted: bool = True
    supplier_sku_length_maximum: int = 100
    title_length_minimum: int = 3
    title_length_maximum: int = 300
    text_length_maximum: int = 10_000
    short_text_length_maximum: int = 300
    attributes_length_maximum: int = 30_000
    price_minor_maximum: int = 100_000_000
    price_jump_factor: int = 100
    price_unusual_factor: int = 10
    price_unusual_offers: int = 2
    on_hand_maximum: int = 100_000_000
    weight_grams_maximum: int = 5_000_000
    dimension_mm_maximum: int = 20_000
    lead_time_days_maximum: int = 365
    html_cleaner: HtmlCleaner | None = None
    brands: Spellings = NO_SPELLINGS
    categories: Spellings = NO_SPELLINGS
    words: tuple[WordList, ...] = ()
    gpsr: PolicyConsequence = PolicyConsequence.OFF


DEFAULT_CATALOG_POLICY = CatalogPolicy()

Policies = Callable[[], Awaitable[CatalogPolicy]]
"""Gives the policy in force now: the tree of categories, whose paths are part of it, may change at any time."""


def always(policy: CatalogPolicy, /) -> Policies:
    """Return what gives the same policy at any time."""

    async def in_force() -> CatalogPolicy:
        return policy

    return in_force
