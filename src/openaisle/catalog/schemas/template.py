"""A category's schema as a spreadsheet for suppliers to fill in: one column an attribute, lists to choose from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from openaisle.catalog.cells import ATTRIBUTE_PREFIX
from openaisle.catalog.schemas.model import AttributeDefinition, AttributeType, ResolvedSchema
from openaisle.catalog.schemas.rules import suggestion_text
from openaisle.kernel.spreadsheets import SheetColumn, SheetToWrite

_CATEGORIES_MAXIMUM = 2_000
_CHOICES_MAXIMUM = 500

# What every product has, in the order in which a person fills it in: name, whether it is asked of all, explanation.
_FACTS: tuple[tuple[str, bool, str], ...] = (
    ("supplier_sku", True, "Your own article number; it stays the same."),
    ("title", True, "What the product is, in a few words."),
    ("category", True, "The category's path; choose one of the sheet Categories."),
    ("price", True, "The price with its decimals, such as 12.99."),
    ("currency", True, "Three capital letters, such as EUR."),
    ("on_hand", True, "How many you have."),
    ("condition", False, "new, refurbished or used."),
    ("gtin", False, "The digits under the bar code; keep the column as text."),
    ("brand", False, "The brand as the maker writes it."),
    ("part_number", False, "The maker's own number of the product."),
    ("description", False, "Plain text, without addresses and prices."),
    ("image_urls", False, "Addresses of pictures with https://, blanks between them; up to 20."),
    ("weight_grams", False, "The weight of the package in grams."),
    ("length_mm", False, "The length of the package in millimeters."),
    ("width_mm", False, "The width of the package in millimeters."),
    ("height_mm", False, "The height of the package in millimeters."),
    ("lead_time_days", False, "In how many days it leaves your house."),
    ("variant_group", False, "The same text for all variants of one product."),
)
_FACT_CHOICES = {"condition": ("new", "refurbished", "used")}


def template_sheets(*, schema: ResolvedSchema, categories: Sequence[str]) -> tuple[SheetToWrite, ...]:
    """Return the sheets of a template: the empty table, what its columns mean, and the paths of the categories."""
    asked = {one.name: one for one in schema.definitions()}
    columns = [_fact_column(name, is_required, told, asked.get(name)) for name, is_required, told in _FACTS]
    columns += [_attribute_column(one) for one in asked.values() if one.name not in {name for name, _, _ in _FACTS}]
    sheets = [
        SheetToWrite(name="Products", columns=tuple(columns), rows=()),
        SheetToWrite(
            name="Columns",
            columns=(
                SheetColumn(title="column", width=28),
                SheetColumn(title="required", width=10),
                SheetColumn(title="what to fill in", width=80),
                SheetColumn(title="values", width=60),
            ),
            rows=tuple(_explained(columns, asked)),
        ),
    ]
    if categories:
        listed = tuple((path,) for path in categories[:_CATEGORIES_MAXIMUM])
        sheets.append(SheetToWrite(name="Categories", columns=(SheetColumn(title="category", width=100),), rows=listed))
    return tuple(sheets)


def _fact_column(name: str, is_required: bool, told: str, asked: AttributeDefinition | None) -> SheetColumn:  # noqa: FBT001
    choices = asked.values[:_CHOICES_MAXIMUM] if asked is not None else ()
    return SheetColumn(
        title=name,
        note=suggestion_text(attribute=asked) if asked is not None and asked.explanation else told,
        choices=choices or _FACT_CHOICES.get(name, ()),
        is_required=is_required or (asked is not None and asked.is_required),
    )


def _attribute_column(one: AttributeDefinition) -> SheetColumn:
    choices = one.values if one.type is AttributeType.CHOICE else ()
    choices = ("true", "false") if one.type is AttributeType.BOOLEAN else choices
    return SheetColumn(
        title=one.name if one.is_fact else ATTRIBUTE_PREFIX + one.name,
        width=max(18, min(40, len(one.name) + 12)),
        note=suggestion_text(attribute=one),
        choices=choices[:_CHOICES_MAXIMUM],
        is_required=one.is_required,
    )


def _explained(columns: Sequence[SheetColumn], asked: dict[str, AttributeDefinition]) -> Iterator[tuple[str, ...]]:
    for column in columns:
        one = asked.get(column.title.removeprefix(ATTRIBUTE_PREFIX))
        unit = f" In {one.unit}." if one is not None and one.unit else ""
        yield column.title, "yes" if column.is_required else "no", column.note + unit, ", ".join(column.choices)
