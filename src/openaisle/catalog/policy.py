"""What the operator allows in its catalog, as one frozen value."""

from __future__ import annotations

import msgspec


class CatalogPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """The limits of validation.

    ``contact_data_doubted``: a person looks at titles and descriptions with mail addresses, phone numbers and links.
    ``price_jump_factor``: a price this many times above or below the supplier's own last price is doubtful.
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
    on_hand_maximum: int = 100_000_000
    weight_grams_maximum: int = 5_000_000
    dimension_mm_maximum: int = 20_000
    lead_time_days_maximum: int = 365


DEFAULT_CATALOG_POLICY = CatalogPolicy()
