"""The fields that columns can mean: which there are, what each kind of feed must tell, what each is for."""

from __future__ import annotations

import re
from collections.abc import Mapping

import msgspec

from openaisle.kernel.texts import END

ATTRIBUTE_PREFIX = "attribute."
ADDED_PREFIX = "OpenAisle "
"""What the headers start with of columns that a report adds: they are left out when the report is sent in again."""
_ATTRIBUTE = re.compile(rf"^attribute\.[a-z0-9][a-z0-9_.:-]{{0,79}}{END}")

# Several columns may mean these: their cells are joined.
REPEATABLE_FIELDS = frozenset({"image_urls"})

# What a wrong column would spoil silently: who the product is, what it costs, how many there are.
CRUCIAL_FIELDS = frozenset(
    {"supplier_sku", "gtin", "product_reference", "title", "price", "price_minor", "currency", "on_hand"}
)


class FieldFacts(msgspec.Struct, frozen=True, kw_only=True):
    """A field, in the words that a person chooses it by; ``units`` are those it can be measured in."""

    field: str
    label: str
    hint: str = ""
    units: tuple[str, ...] = ()


_LENGTH_UNITS = ("mm", "cm", "m", "in", "ft")

FIELDS: tuple[FieldFacts, ...] = (
    FieldFacts(field="supplier_sku", label="Supplier SKU", hint="Your own stable article number."),
    FieldFacts(field="title", label="Title", hint="What the product is, in a few words."),
    FieldFacts(field="gtin", label="GTIN", hint="The number under the bar code: EAN, UPC or ISBN."),
    FieldFacts(field="brand", label="Brand"),
    FieldFacts(field="part_number", label="Part number", hint="The manufacturer's number (MPN)."),
    FieldFacts(field="product_reference", label="Product reference", hint="The marketplace's number of the product."),
    FieldFacts(field="description", label="Description"),
    FieldFacts(field="category", label="Category"),
    FieldFacts(field="price", label="Price", hint="As shoppers pay it, such as 12.99."),
    FieldFacts(field="price_minor", label="Price in minor units", hint="Such as 1299 cents."),
    FieldFacts(field="currency", label="Currency", hint="A code of three letters, such as EUR."),
    FieldFacts(field="on_hand", label="Quantity on hand"),
    FieldFacts(field="location", label="Location", hint="The warehouse."),
    FieldFacts(field="lead_time_days", label="Lead time", hint="Days until it ships."),
    FieldFacts(field="condition", label="Condition", hint="New, refurbished or used."),
    FieldFacts(field="variant_group", label="Variant group", hint="What sizes and colors of one product share."),
    FieldFacts(field="image_urls", label="Pictures", hint="Addresses; several columns can be pictures."),
    FieldFacts(field="image_count", label="Number of pictures"),
    FieldFacts(field="weight_grams", label="Weight", units=("g", "kg", "mg", "lb", "oz")),
    FieldFacts(field="length_mm", label="Length", units=_LENGTH_UNITS),
    FieldFacts(field="width_mm", label="Width", units=_LENGTH_UNITS),
    FieldFacts(field="height_mm", label="Height", units=_LENGTH_UNITS),
    FieldFacts(field="attribute.color", label="Color"),
    FieldFacts(field="attribute.size", label="Size"),
    FieldFacts(field="attribute.material", label="Material"),
    FieldFacts(field="attribute.gender", label="Gender"),
    FieldFacts(field="attribute.age_group", label="Age group"),
    FieldFacts(field="attribute.manufacturer_name", label="Manufacturer"),
    FieldFacts(field="attribute.manufacturer_address", label="Manufacturer's address"),
    FieldFacts(field="attribute.manufacturer_email", label="Manufacturer's mail address"),
    FieldFacts(field="attribute.responsible_person_name", label="Responsible person in the EU"),
    FieldFacts(field="attribute.responsible_person_address", label="Responsible person's address"),
    FieldFacts(field="attribute.responsible_person_email", label="Responsible person's mail address"),
    FieldFacts(field="attribute.safety_warnings", label="Safety warnings"),
)
_NAMES = frozenset(one.field for one in FIELDS if not one.field.startswith(ATTRIBUTE_PREFIX))

# What a feed of each kind must tell of every row; one of the alternatives is enough.
REQUIRED: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "products": (("supplier_sku",), ("title",), ("price", "price_minor"), ("currency",), ("on_hand",)),
    "offers": (("supplier_sku",), ("price", "price_minor"), ("currency",), ("on_hand",)),
    "stock": (("supplier_sku",), ("on_hand",)),
    "price": (("supplier_sku",), ("price", "price_minor"), ("currency",)),
}


def is_field(*, name: str) -> bool:
    """Return whether a column can mean this: one of our fields, or ``attribute.`` and a name in lower case."""
    return name in _NAMES or _ATTRIBUTE.match(name) is not None


def label_of(*, field: str) -> str:
    """Return the words for a field."""
    return next((one.label for one in FIELDS if one.field == field), field.removeprefix(ATTRIBUTE_PREFIX))
