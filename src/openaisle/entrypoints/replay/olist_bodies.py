"""What the sellers and orders of the Olist history send to the marketplace.

The dataset is anonymized: it has no names, numbers or addresses of its sellers. What an application needs
beyond city, state and postal code is derived from the seller's place in the dataset, valid in form and
naming nobody. City, state, postal code, products, measures, prices and freight are sent as published.
"""

from __future__ import annotations

import csv
import io
from collections import Counter, defaultdict
from typing import Any

from stdnum.br import cnpj

from openaisle.entrypoints.replay.olist_history import CURRENCY, Customer, HistoricOrder, History, Product, Seller

# One area code of each federal state, so that a derived telephone number fits the seller's state.
_AREA_CODES = {
    "AC": 68, "AL": 82, "AM": 92, "AP": 96, "BA": 71, "CE": 85, "DF": 61, "ES": 27, "GO": 62, "MA": 98,
    "MG": 31, "MS": 67, "MT": 65, "PA": 91, "PB": 83, "PE": 81, "PI": 86, "PR": 41, "RJ": 21, "RN": 84,
    "RO": 69, "RR": 95, "RS": 51, "SC": 48, "SE": 79, "SP": 11, "TO": 63,
}  # fmt: skip
_FIRST_ROOT = 10_000_000
_FEED_COLUMNS = (
    "supplier_sku",
    "product_reference",
    "title",
    "category",
    "image_count",
    "weight_grams",
    "length_mm",
    "height_mm",
    "width_mm",
    "price_minor",
    "currency",
    "on_hand",
    "lead_time_days",
)
_SPARE_UNITS = 10


def registration_number(*, position: int) -> str:
    """Return the CNPJ (Brazil's company number) that stands for the seller at ``position`` of the dataset."""
    body = f"{_FIRST_ROOT + position:08d}0001"
    return body + str(cnpj.calc_check_digits(body))


def legal_name(*, seller_id: str) -> str:
    """Return the name under which a seller applies: its anonymous identifier, shortened; no two share it."""
    return f"Olist history {seller_id[:12]} Ltda"


def application_body(*, seller: Seller, position: int) -> dict[str, Any]:
    """Return the supplier application of a seller; city, state and postal code are the published ones."""
    area = _AREA_CODES.get(seller.state, 11)
    return {
        "legal_name": legal_name(seller_id=seller.seller_id),
        "country": "BR",
        "registration_number": registration_number(position=position),
        "email": f"{seller.seller_id[:12]}@example.com",
        "phone": f"+55{area}9{50_000_000 + position}",
        "address": {
            "street_lines": [f"Rua {position + 1}"],
            "city": seller.city,
            "region": seller.state,
            "postal_code": seller.zip_code_prefix,
            "country": "BR",
        },
    }


def feeds_by_seller(*, history: History) -> dict[str, bytes]:
    """Return one CSV product feed for each seller: every product it ever sold, at the price it first asked.

    The stock is what the history sold of it, and ten units more.
    """
    units = units_told(history=history)
    prices: dict[tuple[str, str], int] = {}
    for order in history.orders:
        for item in order.items:
            prices.setdefault((item.seller_id, item.product_id), item.price_minor)
    rows: defaultdict[str, list[list[str]]] = defaultdict(list)
    for (seller_id, product_id), count in units.items():
        product = history.products[product_id]
        price_minor = prices[seller_id, product_id]
        rows[seller_id].append(_feed_row(history=history, product=product, price_minor=price_minor, units=count))
    return {seller_id: _csv_bytes(rows=its_rows) for seller_id, its_rows in rows.items()}


def units_told(*, history: History) -> Counter[tuple[str, str]]:
    """Return what each seller says it has on hand of each product: what the history sold of it, and ten units more."""
    units: Counter[tuple[str, str]] = Counter()
    for order in history.orders:
        units.update((item.seller_id, item.product_id) for item in order.items)
    for names in units:
        units[names] += _SPARE_UNITS
    return units


def _feed_row(*, history: History, product: Product, price_minor: int, units: int) -> list[str]:
    category = history.category_names.get(product.category, product.category)
    title = f"{category.replace('_', ' ').capitalize() or 'Product'} {product.product_id[:8]}"
    return [
        product.product_id,
        product.product_id,
        title,
        category,
        product.photos,
        product.weight_g,
        _millimeters(product.length_cm),
        _millimeters(product.height_cm),
        _millimeters(product.width_cm),
        str(price_minor),
        CURRENCY,
        str(units),
        "2",
    ]


def _millimeters(centimeters: str) -> str:
    return f"{centimeters}0" if centimeters else ""


def _csv_bytes(*, rows: list[list[str]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(_FEED_COLUMNS)
    writer.writerows(rows)
    return text.getvalue().encode()


def order_body(*, order: HistoricOrder, customer: Customer, offers: dict[tuple[str, str], str]) -> dict[str, Any]:
    """Return the order as the storefront places it; ``offers`` maps seller and product to the offer."""
    return {
        "reference": order.order_id,
        "currency": CURRENCY,
        "lines": [
            {
                "line_number": number,
                "offer_id": offers[item.seller_id, item.product_id],
                "quantity": 1,
                "unit_price_minor": item.price_minor,
                "shipping_minor": item.freight_minor,
            }
            for number, item in enumerate(order.items, start=1)
        ],
        "ship_to": {
            "name": f"Olist history {customer.customer_id[:8]}",
            "street_lines": ["Rua 1"],
            "city": customer.city,
            "region": customer.state,
            "postal_code": customer.zip_code_prefix,
            "country": "BR",
        },
    }
