"""The Brazilian E-Commerce Public Dataset by Olist, read as it was published.

Source: Olist, "Brazilian E-Commerce Public Dataset" (orders of 2016 to 2018, anonymized by its publisher). The
column names, misspellings included, and the words seller and customer are the dataset's own.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from sys import intern

import msgspec
import zstandard

from openaisle.kernel.errors import OpenAisleError
from openaisle.kernel.money import money_from_decimal_text

CURRENCY = "BRL"


class HistoryUnreadable(OpenAisleError):
    """A file of the published history is missing or not what it should be."""

    code = "history-unreadable"
    title = "The published history cannot be read"
    status = 422
    mend = "Give the folder that holds the dataset's CSV files, plain or compressed with zstd."


class Seller(msgspec.Struct, frozen=True, gc=False):
    """A row of ``olist_sellers_dataset``, dirt included."""

    seller_id: str
    zip_code_prefix: str
    city: str
    state: str


class Product(msgspec.Struct, frozen=True, gc=False):
    """A row of ``olist_products_dataset``; every measure may be an empty text."""

    product_id: str
    category: str
    photos: str
    weight_g: str
    length_cm: str
    height_cm: str
    width_cm: str


class OrderItem(msgspec.Struct, frozen=True, gc=False):
    """One unit that was sold: price and freight in minor units (centavos)."""

    product_id: str
    seller_id: str
    price_minor: int
    freight_minor: int


class Customer(msgspec.Struct, frozen=True, gc=False):
    """Where an order went."""

    customer_id: str
    zip_code_prefix: str
    city: str
    state: str


class HistoricOrder(msgspec.Struct, frozen=True):
    """An order with its items in the dataset's order."""

    order_id: str
    items: tuple[OrderItem, ...]


class History(msgspec.Struct, frozen=True):
    """What a replay needs of the dataset."""

    sellers: dict[str, Seller]
    products: dict[str, Product]
    orders: list[HistoricOrder]
    customers: list[Customer]
    customer_of_order: dict[str, int]
    category_names: dict[str, str]

    def customer(self, *, position: int) -> Customer:
        """Return who received the order at ``position``.

        The published table that joins orders to customers is complete for the first 4,071 orders only; for
        the rest the customer at the same position of the customers' table stands in.
        """
        known = self.customer_of_order.get(self.orders[position].order_id)
        return self.customers[position % len(self.customers) if known is None else known]


def read_history(*, directory: Path, maximum_orders: int | None = None) -> History:
    """Read the dataset; raises HistoryUnreadable.

    With ``maximum_orders`` the first orders in dataset order, and only the sellers and products they concern.
    """
    orders = _orders(directory=directory, maximum_orders=maximum_orders)
    sellers = {row["seller_id"]: _seller(row) for row in _rows(directory, "olist_sellers_dataset")}
    products = {row["product_id"]: _product(row) for row in _rows(directory, "olist_products_dataset")}
    if maximum_orders is not None:
        sold_by = {item.seller_id for order in orders for item in order.items}
        sold = {item.product_id for order in orders for item in order.items}
        sellers = {key: seller for key, seller in sellers.items() if key in sold_by}
        products = {key: product for key, product in products.items() if key in sold}
    customers = [
        Customer(row["customer_id"], row["customer_zip_code_prefix"], row["customer_city"], row["customer_state"])
        for row in _rows(directory, "olist_customers_dataset")
    ]
    positions = {customer.customer_id: position for position, customer in enumerate(customers)}
    joined = {
        row["order_id"]: positions[row["customer_id"]]
        for row in _rows(directory, "olist_orders_dataset.first4071")
        if row["customer_id"] in positions
    }
    names = {
        row["product_category_name"]: row["product_category_name_english"]
        for row in _rows(directory, "product_category_name_translation")
    }
    return History(sellers, products, orders, customers, joined, names)


def _orders(*, directory: Path, maximum_orders: int | None) -> list[HistoricOrder]:
    orders: list[HistoricOrder] = []
    order_id, items = "", list[OrderItem]()
    for row in _rows(directory, "olist_order_items_dataset"):
        if row["order_id"] != order_id:
            if items:
                orders.append(HistoricOrder(order_id, tuple(items)))
                if len(orders) == maximum_orders:
                    return orders
            order_id, items = row["order_id"], []
        items.append(
            OrderItem(
                intern(row["product_id"]),
                intern(row["seller_id"]),
                money_from_decimal_text(text=row["price"], currency=CURRENCY).amount_minor,
                money_from_decimal_text(text=row["freight_value"], currency=CURRENCY).amount_minor,
            )
        )
    if items:
        orders.append(HistoricOrder(order_id, tuple(items)))
    return orders


def _seller(row: dict[str, str]) -> Seller:
    return Seller(row["seller_id"], row["seller_zip_code_prefix"], row["seller_city"], row["seller_state"])


def _product(row: dict[str, str]) -> Product:
    return Product(
        row["product_id"],
        row["product_category_name"],
        row["product_photos_qty"],
        row["product_weight_g"],
        row["product_length_cm"],
        row["product_height_cm"],
        row["product_width_cm"],
    )


def _rows(directory: Path, name: str) -> Iterator[dict[str, str]]:
    plain = directory / f"{name}.csv"
    compressed = directory / f"{name}.csv.zst"
    try:
        if plain.exists():
            with plain.open(encoding="utf-8-sig", newline="") as text:
                yield from csv.DictReader(text)
        else:
            with compressed.open("rb") as packed, zstandard.ZstdDecompressor().stream_reader(packed) as raw:
                yield from csv.DictReader(io.TextIOWrapper(raw, encoding="utf-8-sig", newline=""))
    except (OSError, UnicodeDecodeError, zstandard.ZstdError, csv.Error) as error:
        raise HistoryUnreadable(detail=f"{name}: {error}") from error
