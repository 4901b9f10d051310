"""The Olist history is read as it was published, and told in the words of the API."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
import zstandard
from stdnum.br import cnpj

from openaisle.entrypoints.replay.olist_bodies import (
    application_body,
    feeds_by_seller,
    order_body,
    registration_number,
)
from openaisle.entrypoints.replay.olist_history import HistoryUnreadable, read_history
from openaisle.entrypoints.replay.olist_settling import expected_totals
from openaisle.entrypoints.replay.reconciliation import Totals
from tests.factories.olist import olist_folder


def test_items_of_one_order_are_kept_together_in_the_order_of_the_dataset(tmp_path: Path) -> None:
    history = read_history(directory=olist_folder(folder=tmp_path))
    assert [(order.order_id, len(order.items)) for order in history.orders] == [("o1", 1), ("o2", 3), ("o3", 1)]


def test_prices_become_minor_units_exactly(tmp_path: Path) -> None:
    history = read_history(directory=olist_folder(folder=tmp_path))
    assert [item.price_minor for order in history.orders for item in order.items] == [5890, 1000, 1000, 85, 673500]
    assert [item.freight_minor for order in history.orders for item in order.items] == [1329, 100, 100, 0, 19431]


def test_a_part_takes_only_the_suppliers_and_products_it_needs(tmp_path: Path) -> None:
    history = read_history(directory=olist_folder(folder=tmp_path), maximum_orders=1)
    assert list(history.sellers) == ["aaaaaaaaaaaaaaaa"]
    assert list(history.products) == ["p1p1p1p1p1"]


def test_the_known_customer_of_an_order_gets_it_and_the_next_in_the_table_gets_the_others(tmp_path: Path) -> None:
    history = read_history(directory=olist_folder(folder=tmp_path))
    assert [history.customer(position=position).customer_id[:2] for position in range(3)] == ["k3", "k2", "k3"]


def test_postal_codes_keep_the_zero_they_have(tmp_path: Path) -> None:
    history = read_history(directory=olist_folder(folder=tmp_path))
    assert [customer.zip_code_prefix for customer in history.customers] == ["14409", "09790", "01151"]


def test_files_compressed_with_zstd_are_read_the_same(tmp_path: Path) -> None:
    plain = olist_folder(folder=tmp_path / "plain")
    packed = tmp_path / "packed"
    packed.mkdir()
    for file in plain.iterdir():
        (packed / f"{file.name}.zst").write_bytes(zstandard.compress(file.read_bytes()))
    assert read_history(directory=packed) == read_history(directory=plain)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    olist_folder(folder=tmp_path)
    (tmp_path / "olist_sellers_dataset.csv").unlink()
    with pytest.raises(HistoryUnreadable, match="olist_sellers_dataset"):
        read_history(directory=tmp_path)


def test_each_supplier_applies_with_a_valid_number_of_its_own_and_the_published_address(tmp_path: Path) -> None:
    history = read_history(directory=olist_folder(folder=tmp_path))
    numbers = {registration_number(position=position) for position in range(3_095)}
    assert len(numbers) == 3_095
    assert all(cnpj.is_valid(number) for number in numbers)
    body = application_body(seller=history.sellers["bbbbbbbbbbbbbbbb"], position=1)
    assert body["address"]["city"] == "sao paulo - sp"
    assert body["address"]["postal_code"] == "1001"


def test_a_feed_holds_each_product_of_a_supplier_once_with_stock_for_all_its_sales(tmp_path: Path) -> None:
    feeds = feeds_by_seller(history=read_history(directory=olist_folder(folder=tmp_path)))
    (row,) = csv.DictReader(io.StringIO(feeds["bbbbbbbbbbbbbbbb"].decode()))
    assert (row["supplier_sku"], row["price_minor"], row["on_hand"]) == ("p2p2p2p2p2", "1000", "12")
    assert row["length_mm"] == "300"
    rows = list(csv.DictReader(io.StringIO(feeds["cccccccccccccccc"].decode())))
    assert [(one["category"], one["weight_grams"]) for one in rows] == [("", ""), ("sem_traducao", "500")]


def test_an_order_names_the_offer_of_the_supplier_that_sold_it(tmp_path: Path) -> None:
    history = read_history(directory=olist_folder(folder=tmp_path))
    offers = {(item.seller_id, item.product_id): f"off_{item.product_id}" for o in history.orders for item in o.items}
    body = order_body(order=history.orders[1], customer=history.customers[0], offers=offers)
    assert body["reference"] == "o2"
    assert [line["offer_id"] for line in body["lines"]] == ["off_p2p2p2p2p2", "off_p2p2p2p2p2", "off_p3p3p3p3p3"]
    assert [line["line_number"] for line in body["lines"]] == [1, 2, 3]


def test_the_history_expects_one_purchase_order_for_each_order_and_supplier(tmp_path: Path) -> None:
    totals = expected_totals(history=read_history(directory=olist_folder(folder=tmp_path)))
    assert totals["bbbbbbbbbbbbbbbb"] == Totals(purchase_orders=1, units=2, items_minor=2000, freight_minor=200)
    assert totals["cccccccccccccccc"] == Totals(purchase_orders=2, units=2, items_minor=673585, freight_minor=19431)
