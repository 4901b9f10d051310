"""The port of the search index: products found by words, changes since a cursor, likely twins of a product.

The index is a projection. The table is the truth; an index that is lost is filled anew from it, under another
``generation``, and cursors of the one before say so when they are used.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple, Protocol

import msgspec

from openaisle.kernel.errors import OpenAisleError

QUERY_LENGTH_MAXIMUM = 200
HITS_MAXIMUM = 1_000
COUNTED_MAXIMUM = 10_000
_WORD = re.compile(r"\w+")
_NO_SIGN = re.compile(r"[\W_]+")
# Chinese and Japanese have no spaces between words, Korean none within compounds: each character is a word.
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\uac00-\ud7af]")


class SearchTooBroad(OpenAisleError):
    """The words stand in so many products that ranking them would take too long."""

    code = "search-too-broad"
    title = "The search is too broad"
    status = 422
    mend = "Add a word, a brand or a category, and search again."


class CursorOutdated(OpenAisleError):
    """The index was filled anew since the cursor was given, so what changed after it cannot be told."""

    code = "product-changes-restarted"
    title = "The cursor is of an index that was filled anew"
    status = 410
    mend = "Begin without a cursor: the first pages then tell of every product."


class Aspect(StrEnum):
    """What of a product changed: its facts, its offers' terms, what is in stock, or that it is gone."""

    PRODUCT = "product"
    OFFERS = "offers"
    STOCK = "stock"
    REMOVED = "removed"


class OfferPlace(NamedTuple):
    """Which offer of which supplier a product has."""

    offer_id: str
    supplier_id: str


class SearchDocument(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A product as the index knows it.

    ``keywords`` are identifiers by which people look for it (GTIN, part number, SKUs), ``details`` what else is
    searched (values of attributes). ``price_minor`` is the lowest price of its sellable offers, in ``currency``;
    ``available`` what they have together. ``score`` and ``shortfalls`` (one bit for each part that is not whole) are
    those of its quality. The digests tell whether facts, terms or stock changed.
    """

    product_id: str
    title: str
    brand: str = ""
    part_number: str = ""
    category: str = ""
    keywords: tuple[str, ...] = ()
    details: str = ""
    description: str = ""
    is_active: bool = True
    is_sellable: bool = False
    price_minor: int | None = None
    currency: str = ""
    available: int = 0
    score: int = 0
    shortfalls: int = 0
    offers: tuple[OfferPlace, ...] = ()
    product_digest: bytes = b""
    offers_digest: bytes = b""
    stock_digest: bytes = b""


class SearchSort(StrEnum):
    """The order of hits: what fits best, the cheapest, the dearest, the newest change, the worst or best quality."""

    RELEVANCE = "relevance"
    PRICE = "price"
    PRICE_DESCENDING = "price_descending"
    NEWEST = "newest"
    QUALITY = "quality"
    QUALITY_DESCENDING = "quality_descending"


class SearchQuery(msgspec.Struct, frozen=True, kw_only=True):
    """What is looked for: words (none: every product), within the narrowing facts that are given.

    ``category`` takes the category and all below it; ``skip`` leaves out the first hits.
    """

    words: str = ""
    brand: str | None = None
    category: str | None = None
    supplier_id: str | None = None
    sellable_only: bool = False
    active_only: bool = False
    in_stock_only: bool = False
    sort: SearchSort = SearchSort.RELEVANCE
    skip: int = 0
    limit: int = 20


class SearchHit(NamedTuple):
    """A product that was found, with how well it fits (more is better; 0 where no words were asked)."""

    product_id: str
    fit: float


class FacetValue(msgspec.Struct, frozen=True, kw_only=True):
    """A value that hits have, and how many of them."""

    value: str
    count: int


class SearchResult(msgspec.Struct, frozen=True, kw_only=True):
    """The hits of a page, and how many there are in all, counted up to COUNTED_MAXIMUM.

    ``relaxed`` says that no product has all words, so that these have only some. The facets count the same hits.
    """

    hits: tuple[SearchHit, ...]
    total: int
    relaxed: bool
    brands: tuple[FacetValue, ...]
    categories: tuple[FacetValue, ...]


class IndexedChange(msgspec.Struct, frozen=True, kw_only=True):
    """A product that changed after a cursor, and what of it. Each product comes once, at its latest change."""

    product_id: str
    aspects: tuple[Aspect, ...]


class ChangePage(msgspec.Struct, frozen=True, kw_only=True):
    """Changes after a cursor, the oldest first; ``cursor`` stands behind the last, ``has_more`` tells of others."""

    changes: tuple[IndexedChange, ...]
    cursor: str
    has_more: bool


class Candidate(NamedTuple):
    """A product that may be the one looked for; ``score`` is from 0 to 1, and 1 means that nothing differs."""

    product_id: str
    title: str
    score: float


class QualityTotals(msgspec.Struct, frozen=True, kw_only=True):
    """The quality of many products: how many, the sum of their scores, how many in each fifth of the scale.

    ``shortfalls`` counts for each part (by its bit) the products that fall short in it.
    """

    products: int
    score_sum: int
    fifths: tuple[int, int, int, int, int]
    shortfalls: tuple[int, ...]


class IndexFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of the index; ``is_filled`` once every product of the table has been through it."""

    generation: str
    is_filled: bool
    cursor: str


class SearchIndex(Protocol):
    """The index; readers see what was written before they ask."""

    async def put(self, *, documents: Sequence[SearchDocument], removed: Sequence[str] = (), as_of: int = 0) -> int:
        """Store documents in place of what was known of their products, drop ``removed``; return how many changed.

        ``as_of`` is a position of the stream from before the products were read. What another writer stored as of a
        later one stays: so writers that overlap never put what is old over what is newer.
        """
        ...

    async def products_of_offers(self, *, offer_ids: Sequence[str]) -> dict[str, str]:
        """Return the product that each offer was last known under; unknown offers are absent."""
        ...

    async def products_of_supplier(self, *, supplier_id: str, after: str, limit: int) -> list[str]:
        """Return identifiers of the products that a supplier offers, in their order, behind ``after``."""
        ...

    async def search(self, *, query: SearchQuery) -> SearchResult:
        """Find products; raises SearchTooBroad."""
        ...

    async def changes(self, *, after: str | None, limit: int) -> ChangePage:
        """Return what changed after a cursor (None: everything); raises CursorOutdated."""
        ...

    async def with_part_number(self, *, brand: str, part_number: str, limit: int = 10) -> list[Candidate]:
        """Return active products of a brand with a part number, both compared without case, accents and signs."""
        ...

    async def similar(self, *, title: str, brand: str | None, limit: int = 10) -> list[Candidate]:
        """Return active products with the likest titles, best first, of the brand where one is given."""
        ...

    async def quality(self, *, supplier_id: str | None, parts: int) -> QualityTotals:
        """Sum up the quality of a supplier's active products (None: of all), over ``parts`` bits of shortfalls."""
        ...

    async def facts(self) -> IndexFacts:
        """Return what is known of the index."""
        ...

    async def mark_filled(self, *, generation: str) -> None:
        """Remember that every product has been through the index, unless it was reset since ``generation``."""
        ...

    async def reset(self) -> IndexFacts:
        """Forget everything and begin a new generation."""
        ...


def folded(*, text: str) -> str:
    """Return a text without case and accents, for comparing; what is written without spaces is cut into characters."""
    if text.isascii():
        return text.lower()
    plain = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(character for character in plain if not unicodedata.combining(character))
    return _UNSPACED.sub(r" \g<0> ", unicodedata.normalize("NFC", plain))


def compared_key(*, text: str) -> str:
    """Return a brand or part number as it is compared: letters and digits alone, without case and accents."""
    return _NO_SIGN.sub("", folded(text=text))


def words_of(*, text: str) -> list[str]:
    """Return the words of a text, folded, in their order."""
    return _WORD.findall(folded(text=text).replace("_", " "))


def title_likeness(*, first: str, second: str) -> float:
    """Return how alike two titles are, from 0 to 1: the share of common words, and of common runs of three letters.

    Numbers must agree to be alike: what differs in a number alone (8 mm and 10 mm) is another product.
    """
    words, others = set(words_of(text=first)), set(words_of(text=second))
    if not words or not others:
        return 0.0
    if words == others:
        return 1.0
    likeness = 0.5 * _shared(words, others) + 0.5 * _shared(_runs(words), _runs(others))
    numbers = {word for word in words if any(map(str.isdigit, word))}
    other_numbers = {word for word in others if any(map(str.isdigit, word))}
    if numbers - other_numbers and other_numbers - numbers:
        likeness *= 0.5
    return round(min(likeness, 0.99), 4)


def _shared(first: set[str], second: set[str]) -> float:
    return 2 * len(first & second) / (len(first) + len(second))


def _runs(words: set[str]) -> set[str]:
    joined = [f" {word} " for word in words]
    return {word[place : place + 3] for word in joined for place in range(len(word) - 2)}
