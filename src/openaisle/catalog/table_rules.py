"""Rules over whole tables: what can be said of all rows at once, stated as SQL and evaluated in one pass.

A rule is a value. Who makes rules (schemas of categories, the operator's expressions, plug-ins) builds their SQL from
its own checked language, never from the text of a stranger. The columns are those of the judged facts; attributes are
reached by ``attribute_sql``. The dialect is DuckDB's.
"""

from __future__ import annotations

import msgspec

from openaisle.catalog.issues import Severity
from openaisle.kernel.tabular import quoted_text

FACT_COLUMNS = (
    "supplier_sku",
    "title",
    "gtin",
    "product_reference",
    "description",
    "brand",
    "part_number",
    "category",
    "variant_group",
    "weight_grams",
    "length_mm",
    "width_mm",
    "height_mm",
    "image_count",
    "image_urls",
    "attributes",
    "price_minor",
    "currency",
    "on_hand",
    "location",
    "lead_time_days",
    "condition",
)


class TableRule(msgspec.Struct, frozen=True, kw_only=True):
    """One finding about many rows.

    ``where_sql`` is true of the rows that the rule finds; NULL finds nothing. ``message_sql`` is an expression that
    gives the text told to the supplier. An ``error`` rejects the row, a ``doubtful`` one asks a person. ``scope_sql``
    is a condition over ``category`` alone that must hold too: it is asked once for each category that occurs, so it may
    be long.
    """

    code: str
    field: str
    severity: Severity
    where_sql: str
    message_sql: str
    scope_sql: str = ""
    suggestion: str | None = None
    doubtful: bool = False


def attribute_sql(*, name: str) -> str:
    """Return the expression of an attribute's text, NULL where a row has none."""
    path = '$."' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return f"json_extract_string(attributes, {quoted_text(path)})"


def fixed_message_sql(*, text: str) -> str:
    """Return the expression of a message that is the same for every row."""
    return quoted_text(text)
