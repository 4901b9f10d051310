"""What the cells of a column look like: GTINs, prices, addresses, whole numbers… measured on a sample. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from openaisle.feeds.mapping.values import canonical_value
from openaisle.kernel.errors import OpenAisleError
from openaisle.kernel.gtin import normalized_gtin

# Fewer cells than these prove nothing.
ENOUGH_CELLS = 3
_MOST = 0.8
_INTEGER = re.compile(r"\s*[+-]?[0-9]{1,9}(?:[.,]0+)?\s*")
_DECIMAL = re.compile(r"\s*[+-]?[0-9]{1,12}(?:[.,' ][0-9]{1,6}){0,4}\s*")
_MARK = r"(?:[A-Za-z]{2,4}|[€$£¥₹₺]|zł|kr\.?)?"
_PRICE = re.compile(rf"\s*{_MARK}\s*[+-]?[0-9][0-9.,' \u00a0\u202f]*{_MARK}\s*")
_MARKED_PRICE = re.compile(r"[A-Z]{3}|[€£₹₺]|R\$|zł")
_CURRENCY = re.compile(r"\s*(?:[A-Za-z]{3}|[€$£])\s*")
_ADDRESS = re.compile(r"\s*https?://\S+", re.IGNORECASE)
_MEASURE = re.compile(r"\s*[0-9]{1,9}(?:[.,][0-9]{1,6})?\s*(?:[A-Za-z]{0,12}|\"|'')\.?\s*")
_MEASURE_WITH_UNIT = re.compile(r"\s*[0-9]{1,9}(?:[.,][0-9]{1,6})?\s*(?:[A-Za-z]{1,12}|\"|'')\.?\s*")
_DAYS = re.compile(r"\s*[0-9]{1,3}\s*(?:[A-Za-z]{0,12})\.?\s*")
_GTIN_LIKE = re.compile(r"['\s]*[0-9][0-9 \-]{5,16}(?:\.0+)?\s*|[0-9][.,]?[0-9]{0,12}[eE]\+?[0-9]{1,2}")
_CODE_NAME = re.compile(r"\s*[A-Za-z0-9._:-]{1,60}\s*")
_NO_NUMBER = re.compile(r"[^0-9.,]")
_COMMA_NUMBER = re.compile(r"[0-9]+,(?:[0-9]{1,2}|[0-9]{4,6})|[0-9]{1,3}(?:\.[0-9]{3})+,[0-9]{1,6}|0,[0-9]{3}")
_POINT_NUMBER = re.compile(r"[0-9]+\.(?:[0-9]{1,2}|[0-9]{4,6})|[0-9]{1,3}(?:,[0-9]{3})+\.[0-9]{1,6}|0\.[0-9]{3}")
_LETTER = re.compile(r"[^\W\d_]")
# Kinds of records of shop systems; never a category of goods.
_RECORD_KINDS = frozenset(
    {"simple", "configurable", "bundle", "virtual", "grouped", "downloadable", "variable", "variation", "external"}
    | {"physical", "service", "product", "variant", "parent", "child", "true", "false", "yes", "no", "0", "1"}
)


class Looks:
    """The sample of one column, measured once."""

    def __init__(self, *, cells: Sequence[str]) -> None:
        """Take the cells of a sample of rows, empty ones too."""
        self.filled = [cell for cell in cells if cell.strip()]
        self.distinct = set(self.filled)

    @property
    def enough(self) -> bool:
        """Return whether there are cells enough to judge by."""
        return len(self.filled) >= ENOUGH_CELLS

    @property
    def uniqueness(self) -> float:
        """Return how many of the filled cells are different ones, 0 to 1."""
        return len(self.distinct) / len(self.filled) if self.filled else 0.0

    def share(self, matches: Callable[[str], object]) -> float:
        """Return the share of the filled cells that match, 0 to 1."""
        return sum(1 for cell in self.filled if matches(cell)) / len(self.filled) if self.filled else 0.0

    def fits(self, *, field: str, share: float = _MOST) -> bool | None:
        """Return whether at least a share of the cells can mean a field; None if there is none to tell by."""
        if not self.filled:
            return None
        test = _TESTS.get(field, _is_anything)
        return test(self, share)

    @property
    def are_gtins(self) -> bool:
        """Return whether the cells are nothing but GTINs with right check digits."""
        return len(self.filled) >= 10 and self.share(_is_gtin) >= 0.95

    @property
    def name_units(self) -> bool:
        """Return whether every number names its unit."""
        return bool(self.filled) and self.share(_MEASURE_WITH_UNIT.fullmatch) == 1.0

    @property
    def name_currencies(self) -> bool:
        """Return whether every price names its currency."""
        return bool(self.filled) and self.share(_MARKED_PRICE.search) == 1.0

    @property
    def decimal_comma(self) -> bool | None:
        """Return how decimals are written where all cells that leave no doubt agree; None without such a cell."""
        commas = sum(1 for cell in self.filled if _says_comma(cell))
        points = sum(1 for cell in self.filled if _says_point(cell))
        if bool(commas) == bool(points):
            return None
        return bool(commas)


_Test = Callable[[Looks, float], bool]


def _says_comma(cell: str) -> bool:
    return _COMMA_NUMBER.fullmatch(_NO_NUMBER.sub("", cell)) is not None


def _says_point(cell: str) -> bool:
    return _POINT_NUMBER.fullmatch(_NO_NUMBER.sub("", cell)) is not None


def _is_gtin(cell: str) -> bool:
    try:
        normalized_gtin(text=cell)
    except OpenAisleError:
        return False
    return True


def _is_anything(_looks: Looks, _share: float) -> bool:
    return True


def _share_of(pattern: re.Pattern[str]) -> _Test:
    return lambda looks, share: looks.share(pattern.fullmatch) >= share


def _is_text(looks: Looks, share: float) -> bool:
    return looks.share(_LETTER.search) >= share and looks.share(_ADDRESS.match) < 0.2


def _is_title(looks: Looks, share: float) -> bool:
    length = sum(map(len, looks.filled)) / len(looks.filled)
    return _is_text(looks, share) and length >= 4


def _is_category(looks: Looks, _share: float) -> bool:
    kinds = looks.share(lambda cell: cell.strip().lower() in _RECORD_KINDS)
    return kinds < 0.5 and looks.share(_ADDRESS.match) == 0.0


def _is_code(looks: Looks, _share: float) -> bool:
    length = sum(map(len, looks.filled)) / len(looks.filled)
    return length <= 60 and looks.share(_ADDRESS.match) == 0.0


def _has_values(field: str) -> _Test:
    return lambda looks, _share: looks.share(lambda cell: canonical_value(field=field, text=cell) is not None) >= 0.5


_TESTS: Mapping[str, _Test] = {
    "supplier_sku": _is_code,
    "gtin": lambda looks, _share: looks.share(_GTIN_LIKE.fullmatch) >= 0.5,
    "title": _is_title,
    "description": _is_text,
    "brand": _is_text,
    "category": _is_category,
    "price": _share_of(_PRICE),
    "price_minor": _share_of(_INTEGER),
    "currency": _share_of(_CURRENCY),
    "on_hand": _share_of(_INTEGER),
    "image_count": _share_of(_INTEGER),
    "lead_time_days": _share_of(_DAYS),
    "location": _share_of(_CODE_NAME),
    "condition": _has_values("condition"),
    "image_urls": lambda looks, share: looks.share(_ADDRESS.match) >= share,
    "weight_grams": _share_of(_MEASURE),
    "length_mm": _share_of(_MEASURE),
    "width_mm": _share_of(_MEASURE),
    "height_mm": _share_of(_MEASURE),
    "attribute.gender": _has_values("attribute.gender"),
    "attribute.age_group": _has_values("attribute.age_group"),
    "attribute.manufacturer_email": lambda looks, _share: looks.share(lambda cell: "@" in cell) >= 0.5,
    "attribute.responsible_person_email": lambda looks, _share: looks.share(lambda cell: "@" in cell) >= 0.5,
}
