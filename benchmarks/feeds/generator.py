"""A product feed with the dirt of real ones: the same seed gives the same bytes.

The shares of dirt are those that marketplaces tell of: most rows are sound, most of the rest is mendable, and about
one row in fifty cannot be accepted. Each kind stands apart in DIRT, so that a test can count what was found.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from pathlib import Path

from openaisle.kernel.gtin import gtin_check_digit

SEED = 2026
HEADER = (
    "supplier_sku",
    "title",
    "gtin",
    "brand",
    "category",
    "description",
    "weight_grams",
    "length_mm",
    "width_mm",
    "height_mm",
    "price",
    "currency",
    "on_hand",
    "condition",
    "attribute.color",
    "image_urls",
)
_LINES_PER_WRITE = 10_000
_KINDS = ("Mug", "Teapot", "Kettle", "Towel", "Lamp", "Chair", "Drill", "Backpack", "Notebook", "Headphones", "Hammer")
_STYLES = ("Stoneware", "Classic", "Compact", "Cordless", "Folding", "Wireless", "Heavy duty", "Organic", "Junior")
_COLORS = ("blue", "red", "black", "white", "green", "anthracite", "natural", "silver")
_BRANDS = tuple(f"{first}{second}" for first in ("Nor", "Alpen", "Bel", "Kato", "Vero") for second in ("a", "is", "en"))
_CATEGORIES = (
    "Home & Garden > Kitchen & Dining > Tableware",
    "Hardware > Tools > Drills",
    "Electronics > Audio > Headphones",
    "Luggage & Bags > Backpacks",
    "Furniture > Chairs",
)
_CONDITION_WORDS = ("neu", "Brand New", "nuevo", "NEW")

Cells = dict[str, str]
Spoil = Callable[[Cells, random.Random], None]


def _comma_price(cells: Cells, _: random.Random) -> None:
    cells["price"] = f'"{cells["price"].replace(".", ",")} €"'


def _lost_zeros(cells: Cells, chance: random.Random) -> None:
    body = "0" + str(chance.randrange(10**9, 10**10))
    cells["gtin"] = (body + str(gtin_check_digit(body=body))).lstrip("0")


def _separated_gtin(cells: Cells, _: random.Random) -> None:
    gtin = cells["gtin"]
    cells["gtin"] = f"{gtin[0]} {gtin[1:7]} {gtin[7:]}"


def _wrong_gtin(cells: Cells, _: random.Random) -> None:
    cells["gtin"] = cells["gtin"][:-1] + str((int(cells["gtin"][-1]) + 1) % 10)


def _capitals(cells: Cells, _: random.Random) -> None:
    cells["title"] = cells["title"].upper()


def _spaces(cells: Cells, _: random.Random) -> None:
    cells["title"] = f" {cells['title'].replace(' ', '  ', 1)} "


def _entity(cells: Cells, _: random.Random) -> None:
    cells["title"] += " &amp; <b>more</b>"


def _unit(cells: Cells, _: random.Random) -> None:
    cells["weight_grams"] += " g"


def _condition(cells: Cells, chance: random.Random) -> None:
    cells["condition"] = chance.choice(_CONDITION_WORDS)


def _small_currency(cells: Cells, _: random.Random) -> None:
    cells["currency"] = "eur"


def _padded_brand(cells: Cells, _: random.Random) -> None:
    cells["brand"] += " "


def _no_category(cells: Cells, _: random.Random) -> None:
    cells["category"] = ""


def _no_weight(cells: Cells, _: random.Random) -> None:
    cells["weight_grams"] = ""


def _no_price(cells: Cells, _: random.Random) -> None:
    cells["price"] = ""


def _unreadable_price(cells: Cells, _: random.Random) -> None:
    cells["price"] = "on request"


def _negative_stock(cells: Cells, chance: random.Random) -> None:
    cells["on_hand"] = f"-{chance.randrange(1, 9)}"


def _no_title(cells: Cells, _: random.Random) -> None:
    cells["title"] = ""


def _formula(cells: Cells, _: random.Random) -> None:
    cells["title"] = f"+{cells['title']}"


def _repeated(cells: Cells, _: random.Random) -> None:
    cells["supplier_sku"] = "SKU-00000000"


# Share of rows, and what is done to them; a row may have several.
DIRT: tuple[tuple[float, Spoil], ...] = (
    (0.08, _comma_price),
    (0.05, _lost_zeros),
    (0.02, _separated_gtin),
    (0.008, _wrong_gtin),
    (0.04, _capitals),
    (0.05, _spaces),
    (0.003, _entity),
    (0.03, _unit),
    (0.05, _condition),
    (0.02, _small_currency),
    (0.03, _padded_brand),
    (0.02, _no_category),
    (0.03, _no_weight),
    (0.003, _no_price),
    (0.001, _unreadable_price),
    (0.003, _negative_stock),
    (0.001, _no_title),
    (0.001, _formula),
    (0.002, _repeated),
)


def lines(*, rows: int, seed: int = SEED, changed_share: float = 0.0) -> Iterator[str]:
    """Yield the lines of a feed; with ``changed_share`` that share of rows has another price and stock."""
    yield ",".join(HEADER) + "\n"
    chance, change = random.Random(seed), random.Random(seed + 1)
    for number in range(rows):
        cells = _sound_cells(number=number, chance=chance)
        for share, spoil in DIRT:
            if chance.random() < share:
                spoil(cells, chance)
        if changed_share and change.random() < changed_share:
            cells["price"] = f"{change.randrange(1, 400)}.{change.randrange(100):02d}"
            cells["on_hand"] = str(change.randrange(500))
        yield ",".join(cells.values()) + "\n"


def write_feed(*, path: Path, rows: int, seed: int = SEED, changed_share: float = 0.0) -> None:
    """Write a feed into a file."""
    pending: list[str] = []
    with path.open("w", encoding="utf-8", newline="") as file:
        for line in lines(rows=rows, seed=seed, changed_share=changed_share):
            pending.append(line)
            if len(pending) >= _LINES_PER_WRITE:
                file.write("".join(pending))
                pending.clear()
        file.write("".join(pending))


def _sound_cells(*, number: int, chance: random.Random) -> Cells:
    drawn = chance.getrandbits(48)
    kind, style, color = _KINDS[drawn % 11], _STYLES[drawn // 11 % 9], _COLORS[drawn // 99 % 8]
    body = f"40{number:010d}"
    title = f"{style} {kind} {color} no. {number % 9973}"
    return {
        "supplier_sku": f"SKU-{number:08d}",
        "title": title,
        "gtin": body + str(gtin_check_digit(body=body)),
        "brand": _BRANDS[drawn // 792 % len(_BRANDS)],
        "category": _CATEGORIES[drawn // 11880 % 5],
        "description": f"A {color} {kind.lower()} for every day; made to last.",
        "weight_grams": str(100 + drawn // 59400 % 3000),
        "length_mm": str(50 + drawn // 3 % 400),
        "width_mm": str(50 + drawn // 7 % 300),
        "height_mm": str(20 + drawn // 13 % 300),
        "price": f"{1 + drawn // 17 % 300}.{drawn // 19 % 100:02d}",
        "currency": "EUR",
        "on_hand": str(drawn // 23 % 500),
        "condition": "new",
        "attribute.color": color,
        "image_urls": f"https://images.example/{number}.jpg",
    }
