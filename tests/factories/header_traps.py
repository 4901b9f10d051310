"""Headers that mislead: what looks like one of ours and is not, what is ours and looks like nothing."""

from __future__ import annotations

from tests.factories.header_sets import (
    BRANDS,
    CATEGORIES,
    EURO,
    GTINS,
    PAGES,
    PRICES,
    SKUS,
    STOCKS,
    TEXTS,
    TITLES,
    URLS,
    HeaderSet,
)

TRAPS = (
    HeaderSet(
        "two columns of article numbers",
        (
            ("Article number", "supplier_sku", SKUS),
            ("ID", None, ("1", "2", "3", "4", "5", "6")),
            ("Name", "title", TITLES),
            ("Price EUR", "price", PRICES),
            ("Stock", "on_hand", STOCKS),
        ),
        constants=(("currency", "EUR"),),
    ),
    HeaderSet(
        "two columns that both are the article number",
        (
            ("SKU", None, SKUS),
            ("Item number", None, ("1", "2", "3", "4", "5", "6")),
            ("Name", "title", TITLES),
            ("Price", "price", PRICES),
            ("Currency", "currency", EURO),
            ("Stock", "on_hand", STOCKS),
        ),
        asked=frozenset({"supplier_sku"}),
    ),
    HeaderSet(
        "an EAN column full of names",
        (
            ("sku", "supplier_sku", SKUS),
            ("title", "title", TITLES),
            ("EAN", None, BRANDS),
            ("price", "price", PRICES),
            ("currency", "currency", EURO),
            ("stock", "on_hand", STOCKS),
        ),
    ),
    HeaderSet(
        "an id that repeats",
        (
            ("id", None, ("1", "1", "2", "2", "3", "3")),
            ("name", "title", TITLES),
            ("price", "price", PRICES),
            ("currency", "currency", EURO),
            ("stock", "on_hand", STOCKS),
        ),
        asked=frozenset({"supplier_sku"}),
    ),
    HeaderSet(
        "misspelled headers are asked for",
        (
            ("Artikelnumer", None, SKUS),
            ("Bezeichnug", None, TITLES),
            ("Preis", "price", PRICES),
            ("Währung", "currency", EURO),
            ("Bestand", "on_hand", STOCKS),
        ),
        asked=frozenset({"supplier_sku", "title"}),
    ),
    HeaderSet(
        "columns without a name",
        (
            ("column 1", None, SKUS),
            ("column 2", None, TITLES),
            ("column 3", None, (*GTINS, *GTINS)),
            ("column 4", None, PRICES),
            ("column 5", None, STOCKS),
        ),
        asked=frozenset({"supplier_sku", "title", "price", "currency", "on_hand"}),
    ),
    HeaderSet(
        "a weight without a unit",
        (
            ("sku", "supplier_sku", SKUS),
            ("title", "title", TITLES),
            ("weight", None, ("500", "1250", "3", "2", "18", "35")),
            ("price", "price", PRICES),
            ("currency", "currency", EURO),
            ("stock", "on_hand", STOCKS),
        ),
    ),
    HeaderSet(
        "near words that mean something else",
        (
            ("sku", "supplier_sku", SKUS),
            ("title", "title", TITLES),
            ("price", "price", PRICES),
            ("price_type", None, ("retail",) * 6),
            ("currency", "currency", EURO),
            ("stock", "on_hand", STOCKS),
            ("stock_date", None, ("2026-01-01",) * 6),
            ("brand_id", None, ("1", "2", "1", "3", "1", "4")),
            ("category_id", None, ("10", "20", "30", "40", "10", "50")),
            ("color_code", None, ("#fff",) * 6),
            ("size_chart", None, PAGES),
            ("image_alt", None, TITLES),
            ("image_width", None, ("800",) * 6),
            ("weight_class", None, ("heavy",) * 6),
            ("length_of_cable", None, ("3",) * 6),
            ("title_tag", None, TITLES),
            ("description_short", None, TITLES),
            ("genre", None, ("novel", "poetry", "novel", "essay", "novel", "poetry")),
            ("condition notes", None, TEXTS),
            ("price_per_kg", None, PRICES),
            ("location_url", None, PAGES),
            ("supplier_price", None, PRICES),
        ),
    ),
    HeaderSet(
        "pictures that are file names",
        (
            ("sku", "supplier_sku", SKUS),
            ("name", "title", TITLES),
            ("price", "price", PRICES),
            ("currency", "currency", EURO),
            ("stock", "on_hand", STOCKS),
            ("image", None, ("blue.jpg",) * 6),
            ("photo", "image_urls", URLS),
            ("category", "category", CATEGORIES),
        ),
    ),
    HeaderSet(
        "a quick stock feed",
        (
            ("SKU", "supplier_sku", SKUS),
            ("Qty", "on_hand", STOCKS),
            ("Warehouse", "location", ("main",) * 6),
            ("Updated at", None, ("2026-01-01",) * 6),
        ),
        kind="stock",
    ),
    HeaderSet(
        "a quick price feed",
        (
            ("Artikelnummer", "supplier_sku", SKUS),
            ("Preis EUR", "price", PRICES),
        ),
        kind="price",
        constants=(("currency", "EUR"),),
    ),
)
