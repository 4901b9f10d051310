"""What of a file is news: its cells compared with what the supplier's feeds said before, as whole tables."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

from openaisle.feeds.state.model import Family, StateManifest
from openaisle.kernel.tabular import Workbench, quoted_name, quoted_text

STOCK_COLUMNS = ("on_hand", "location")
DEFAULT_LOCATION = "default"


def load_state(*, workbench: Workbench, manifest: StateManifest | None, paths: Mapping[str, Path]) -> None:
    """Make the views ``state_facts``, ``state_stock``, ``state_price`` (``sku``, ``location``, ``value``, ``present``).

    ``paths`` are the files of the parts by the names of their blobs.
    """
    for family in Family:
        names = [paths[part.name] for part in manifest.of(family)] if manifest else []
        workbench.run(sql=f"CREATE OR REPLACE VIEW state_{family.value} AS {_newest_sql(paths=names)}")


def _newest_sql(*, paths: Sequence[Path]) -> str:
    columns = "sku, location, value, present"
    if not paths:
        return (
            "SELECT NULL::VARCHAR AS sku, NULL::VARCHAR AS location, NULL::UHUGEINT AS value,"
            " NULL::BOOLEAN AS present WHERE false"
        )
    if len(paths) == 1:
        return f"SELECT {columns} FROM read_parquet({quoted_text(str(paths[0]))})"
    union = " UNION ALL ".join(
        f"SELECT {columns}, {number} AS part FROM read_parquet({quoted_text(str(path))})"
        for number, path in enumerate(paths)
    )
    return (
        f"SELECT {columns} FROM ({union}) QUALIFY row_number() OVER (PARTITION BY sku, location ORDER BY part DESC) = 1"
    )


def compare(*, workbench: Workbench, salt: str, families: Sequence[Family], touched_skus: Sequence[str]) -> None:
    """Make the table ``delta`` of table ``cells``: of each row whether it is news, and what the state will remember.

    Columns: ``row``, ``sku``, ``location``, ``facts``, ``stock``, ``price`` (hashes), ``repeated`` (an earlier row has
    the SKU), ``known`` (the state has the SKU), ``fresh`` (must be looked at). Rows of which reading or mapping found
    something are fresh, so that it is told each time. ``salt`` stands for the rules: other rules, all is news.
    """
    workbench.run(sql="CREATE OR REPLACE TABLE touched_skus (sku VARCHAR)")
    for start in range(0, len(touched_skus), 10_000):
        workbench.append(table="touched_skus", rows=[(sku,) for sku in touched_skus[start : start + 10_000]])
    columns = workbench.columns(table="cells")
    workbench.run(sql=_delta_sql(columns=columns, salt=salt, families=families))


def _delta_sql(*, columns: Sequence[str], salt: str, families: Sequence[Family]) -> str:
    told = [name for name in columns if name != "row"]
    facts = [name for name in told if name not in STOCK_COLUMNS]
    location = "coalesce(nullif(trim(location), ''), 'default')" if "location" in told else "'default'"
    sku = "nullif(trim(supplier_sku), '')" if "supplier_sku" in told else "NULL::VARCHAR"
    price = [name for name in ("price", "price_minor", "currency") if name in told]
    stock = "md5_number(trim(on_hand))" if "on_hand" in told else "NULL::UHUGEINT"
    same = {
        Family.FACTS: "coalesce(f.value = h.facts, false)",
        Family.STOCK: "coalesce(s.value = h.stock, false)",
        Family.PRICE: "coalesce(p.value = h.price, false)",
    }
    unchanged = " AND ".join(same[family] for family in families)
    return f"""
        CREATE OR REPLACE TABLE delta AS
        WITH h AS (
            SELECT row, {sku} AS sku, {location} AS location,
                {_hash_sql(columns=facts, salt=salt)} AS facts, {stock} AS stock,
                {_hash_sql(columns=price, salt="price")} AS price
            FROM cells
        ), n AS (
            SELECT *, count(*) OVER (PARTITION BY sku{_key_of(families)}) AS told,
                row_number() OVER (PARTITION BY sku{_key_of(families)} ORDER BY row) AS turn
            FROM h
        ), found AS (
            SELECT row FROM raw_issues UNION SELECT row FROM cells_issues
        )
        SELECT h.row, h.sku, h.location, h.facts, h.stock, h.price,
            h.sku IS NOT NULL AND h.turn > 1 AS repeated,
            coalesce(f.present, s.present, p.present, false) AS known,
            h.sku IS NULL OR h.told > 1 OR t.sku IS NOT NULL OR found.row IS NOT NULL OR NOT ({unchanged}) AS fresh
        FROM n h
            LEFT JOIN state_facts f ON f.sku = h.sku
            LEFT JOIN state_stock s ON s.sku = h.sku AND s.location = h.location
            LEFT JOIN state_price p ON p.sku = h.sku
            LEFT JOIN touched_skus t ON t.sku = h.sku
            LEFT JOIN found ON found.row = h.row
    """


def _key_of(families: Sequence[Family]) -> str:
    # A stock feed may tell one article at many locations; everywhere else an article has one row.
    return ", location" if tuple(families) == (Family.STOCK,) else ""


def _hash_sql(*, columns: Sequence[str], salt: str) -> str:
    if not columns:
        return "NULL::UHUGEINT"
    # Hashed with every row, so what is the same for all of them is made short.
    common = hashlib.sha256("\x1f".join([salt, *sorted(columns)]).encode()).hexdigest()[:16]
    cells = ", ".join(f"coalesce({quoted_name(name)}, '')" for name in sorted(columns))
    return f"md5_number(concat_ws(chr(31), {quoted_text(common)}, {cells}))"
