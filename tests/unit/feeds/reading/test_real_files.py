"""Real files, where they are at hand: every row is read, and the dirt in them is left for those who judge it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import zstandard

from openaisle.adapters.tabular.workbench import DuckWorkbenches
from openaisle.feeds.reading import ReadingLimits, read_file
from tests.tidy.tree import ROOT

SHARED = Path(os.environ.get("SHARED_DATA_OPENAISLE", ROOT.parent / "shared" / "data"))


def real_file(*, name: str, folder: Path) -> Path:
    packed = SHARED / f"{name}.zst"
    if not packed.is_file():
        pytest.skip(f"{name} is not at hand; SHARED_DATA_OPENAISLE names the folder above it")
    target = folder / Path(name).name
    with packed.open("rb") as source, target.open("wb") as file:
        zstandard.ZstdDecompressor().copy_stream(source, file)
    return target


@pytest.mark.slow
@pytest.mark.parametrize("rows_maximum", [None, 10_000_000])
def test_every_row_of_online_retail_is_read_either_way(tmp_path, rows_maximum):
    path = real_file(name="online-retail/online_retail.csv", folder=tmp_path)
    with DuckWorkbenches(folder=tmp_path / "scratch", memory_mebibytes=400, disk_mebibytes=2_000).open(
        files=[path]
    ) as workbench:
        read = read_file(workbench=workbench, path=path, limits=ReadingLimits(), rows_maximum=rows_maximum)
        assert (read.row_count, read.unreadable_count, read.fast) == (541_909, 0, rows_maximum is None)
        assert read.headers[1:6] == ("StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice")
        # The sums and counts that the source tells of.
        total = "SELECT round(sum(CAST(c3 AS BIGINT) * CAST(c5 AS DECIMAL(18, 3))), 2) FROM raw"
        assert float(workbench.value(sql=total)) == 9_747_747.93
        assert workbench.value(sql="SELECT count(*) FROM raw WHERE c2 IS NULL") == 1_454
        assert workbench.value(sql="SELECT count(*) FROM raw WHERE c6 IS NULL") == 135_080
        assert workbench.value(sql="SELECT count(DISTINCT c1) FROM raw") == 4_070
        assert workbench.value(sql="SELECT count(*) FROM raw WHERE c3 LIKE '-%'") == 10_624
        ends = "SELECT [min(row), max(row), count(DISTINCT row)] FROM raw"
        assert workbench.value(sql=ends) == [2, 541_910, 541_909]


def test_every_product_of_olist_is_read(tmp_path):
    path = real_file(name="olist/olist_products_dataset.csv", folder=tmp_path)
    with DuckWorkbenches(folder=tmp_path / "scratch", memory_mebibytes=400, disk_mebibytes=2_000).open(
        files=[path]
    ) as workbench:
        read = read_file(workbench=workbench, path=path, limits=ReadingLimits())
        assert (read.row_count, read.unreadable_count, read.issues) == (32_951, 0, ())
        assert workbench.value(sql="SELECT count(DISTINCT c0) FROM raw") == 32_951


def test_a_byte_order_mark_and_a_last_line_without_end_are_read(tmp_path):
    path = real_file(name="olist/product_category_name_translation.csv", folder=tmp_path)
    with DuckWorkbenches(folder=tmp_path / "scratch", memory_mebibytes=400, disk_mebibytes=2_000).open(
        files=[path]
    ) as workbench:
        read = read_file(workbench=workbench, path=path, limits=ReadingLimits())
        assert (read.headers[0], read.row_count, read.encoding) == ("product_category_name", 71, "utf-8-sig")
