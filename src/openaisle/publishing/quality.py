"""How good the data of a product is: a score from 0 to 100, made of parts that each say what they miss. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import msgspec

from openaisle.catalog.model import Product
from openaisle.kernel.search import compared_key

TITLE_LENGTHS = (20, 150)
TITLE_WORDS_MINIMUM = 3
DESCRIPTION_LENGTH = 200
IMAGES_WANTED = 3
ATTRIBUTES_WANTED = 5
SAFETY_FACTS = ("manufacturer_name", "manufacturer_address", "manufacturer_email", "safety_warnings")
_MEASURES = ("weight_grams", "length_mm", "width_mm", "height_mm")
_CAPITALS_MINIMUM = 8


class QualityPart(msgspec.Struct, frozen=True, kw_only=True):
    """One part of the score: the points it has of those it can have, and what to do for the rest."""

    code: str
    points: int
    maximum: int
    message: str
    suggestion: str | None = None


class ProductQuality(msgspec.Struct, frozen=True, kw_only=True):
    """A product's score and the parts that add up to it."""

    product_id: str
    score: int
    parts: tuple[QualityPart, ...]


class _Judged(NamedTuple):
    """The share of a part that is there (0 to 1), what was seen, and what would mend it."""

    share: float
    message: str
    suggestion: str | None = None


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked of a product: whether its category is known, and the attributes that the category requires."""

    category_known: bool | None = None
    required: tuple[str, ...] | None = None


NOTHING_ASKED = Asked()


def product_quality(*, product: Product, asked: Asked = NOTHING_ASKED) -> ProductQuality:
    """Return the quality of a product against what its category asks."""
    parts = []
    for code, maximum, judge in _JUDGES:
        judged = judge(product, asked)
        points = _points(judged.share, maximum)
        parts.append(
            QualityPart(code=code, points=points, maximum=maximum, message=judged.message, suggestion=judged.suggestion)
        )
    return ProductQuality(product_id=product.product_id, score=sum(part.points for part in parts), parts=tuple(parts))


def quality_marks(*, product: Product, asked: Asked = NOTHING_ASKED) -> tuple[int, int]:
    """Return the score and one bit for each part that is not whole, in the order of PARTS: what the index keeps."""
    score = shortfalls = 0
    for place, (_, maximum, judge) in enumerate(_JUDGES):
        points = _points(judge(product, asked).share, maximum)
        score += points
        shortfalls |= (points != maximum) << place
    return score, shortfalls


def _points(share: float, maximum: int) -> int:
    return maximum if share >= 1 else int(maximum * share)


def _identifier(product: Product, _asked: Asked) -> _Judged:
    if product.gtin:
        return _Judged(1.0, "The product has a GTIN.")
    if product.brand and product.part_number:
        return _Judged(0.7, "The product is known by brand and part number.", "Add the GTIN.")
    return _Judged(0.0, "Nothing identifies the product for others.", "Add the GTIN, or brand and part number.")


def _title(product: Product, _asked: Asked) -> _Judged:
    title, (shortest, longest) = product.title, TITLE_LENGTHS
    faults = []
    if len(title) < shortest:
        faults.append(f"it has {len(title)} characters of at least {shortest}")
    if len(title) > longest:
        faults.append(f"it has {len(title)} characters of at most {longest}")
    if len(title.split()) < TITLE_WORDS_MINIMUM:
        faults.append(f"it has fewer than {TITLE_WORDS_MINIMUM} words")
    if title.isupper() and len(title) >= _CAPITALS_MINIMUM:
        faults.append("it is written in capitals")
    if product.brand and compared_key(text=product.brand) not in compared_key(text=title):
        faults.append("it does not name the brand")
    if not faults:
        return _Judged(1.0, "The title says what the product is.")
    suggestion = "Name brand, kind of product and what tells it from its like, in 20 to 150 characters."
    return _Judged(max(0.2, 1 - 0.3 * len(faults)), f"The title can be better: {', '.join(faults)}.", suggestion)


def _description(product: Product, _asked: Asked) -> _Judged:
    length = len(product.description or "")
    if length >= DESCRIPTION_LENGTH:
        return _Judged(1.0, "The description tells enough.")
    if not length:
        return _Judged(0.0, "There is no description.", f"Describe the product in {DESCRIPTION_LENGTH} characters.")
    suggestion = f"Describe the product in at least {DESCRIPTION_LENGTH} characters."
    return _Judged(length / DESCRIPTION_LENGTH, f"The description has {length} characters.", suggestion)


def _images(product: Product, _asked: Asked) -> _Judged:
    count = max(product.image_count or 0, len(product.image_urls))
    if count >= IMAGES_WANTED:
        return _Judged(1.0, f"The product has {count} pictures.")
    share = (0.0, 0.6, 0.8)[count]
    return _Judged(share, f"The product has {count} of {IMAGES_WANTED} pictures.", "Add pictures, from several sides.")


def _brand(product: Product, _asked: Asked) -> _Judged:
    if product.brand:
        return _Judged(1.0, "The brand is named.")
    return _Judged(0.0, "There is no brand.", "Name the brand; of goods without one, their maker.")


def _category(product: Product, asked: Asked) -> _Judged:
    if not product.category:
        return _Judged(0.0, "There is no category.", "Name the category.")
    if asked.category_known is False:
        return _Judged(0.3, f"The category {product.category[:80]!r} is not in the tree.", "Map it to the tree.")
    return _Judged(1.0, "The category is known.")


def _attributes(product: Product, asked: Asked) -> _Judged:
    if asked.required:
        missing = [name for name in asked.required if not _has(product, name)]
        if not missing:
            return _Judged(1.0, "Everything that the category requires is there.")
        share = 1 - len(missing) / len(asked.required)
        return _Judged(share, f"The category requires {_listed(missing)}.", f"Add {_listed(missing)}.")
    count = sum(bool(value) and name not in SAFETY_FACTS for name, value in product.attributes.items())
    if count >= ATTRIBUTES_WANTED:
        return _Judged(1.0, f"The product has {count} attributes.")
    suggestion = f"Add attributes such as color, size and material: {ATTRIBUTES_WANTED} help to find it."
    return _Judged(count / ATTRIBUTES_WANTED, f"The product has {count} attributes.", suggestion)


def _safety(product: Product, _asked: Asked) -> _Judged:
    missing = [name for name in SAFETY_FACTS if not product.attributes.get(name)]
    if not missing:
        return _Judged(1.0, "Manufacturer and warnings are told.")
    share = 1 - len(missing) / len(SAFETY_FACTS)
    suggestion = "Add them: the EU asks for them beside every offer (GPSR, Article 19)."
    return _Judged(share, f"Not told: {_listed(missing)}.", suggestion)


def _measures(product: Product, _asked: Asked) -> _Judged:
    missing = [name for name in _MEASURES if getattr(product, name) is None]
    if not missing:
        return _Judged(1.0, "Weight and size are told.")
    return _Judged(
        1 - len(missing) / len(_MEASURES), f"Not told: {_listed(missing)}.", "Add them: shipping is chosen by them."
    )


def _has(product: Product, name: str) -> bool:
    value = getattr(product, name) if name in product.__struct_fields__ else product.attributes.get(name)
    return value not in (None, "", ())


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names)


# Codes are stable and keep their places: the bits of ``shortfalls`` count from the first.
_JUDGES: tuple[tuple[str, int, Callable[[Product, Asked], _Judged]], ...] = (
    ("identifier", 15, _identifier),
    ("title", 15, _title),
    ("description", 15, _description),
    ("images", 15, _images),
    ("brand", 5, _brand),
    ("category", 10, _category),
    ("attributes", 10, _attributes),
    ("safety", 10, _safety),
    ("measures", 5, _measures),
)
PARTS: tuple[str, ...] = tuple(code for code, _, _ in _JUDGES)
