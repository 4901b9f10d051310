"""Energy labels of the EU: goods that need one have a class and a number of the register."""

from __future__ import annotations

from collections.abc import Iterator

from openaisle.catalog.expressions.rendering import category_within_sql
from openaisle.catalog.issues import Severity
from openaisle.catalog.table_rules import TableRule, attribute_sql, fixed_message_sql

# The paths of the operator's tree that Regulation (EU) 2017/1369 is about; here those of the Google taxonomy.
CATEGORIES = (
    "Electronics > Video > Televisions",
    "Home & Garden > Kitchen & Dining > Kitchen Appliances > Refrigerators",
    "Home & Garden > Kitchen & Dining > Kitchen Appliances > Dishwashers",
    "Home & Garden > Household Appliances > Laundry Appliances > Washing Machines",
    "Home & Garden > Lighting > Light Bulbs",
)


def energy_label_rules() -> Iterator[TableRule]:
    """The rules; OpenAisle calls this once, when a process that judges products starts to."""
    energy_class = attribute_sql(name="energy_class")
    register_number = attribute_sql(name="eprel_number")
    # A condition over the category alone belongs into scope_sql: it is asked once a category, not once a row.
    scope = " OR ".join(category_within_sql(path=path) for path in CATEGORIES)
    yield TableRule(
        code="energy_class_missing",
        field="attribute.energy_class",
        severity=Severity.ERROR,
        where_sql=f"coalesce(upper({energy_class}) NOT IN ('A', 'B', 'C', 'D', 'E', 'F', 'G'), true)",
        message_sql=fixed_message_sql(text="Goods of this category show their energy class, from A to G."),
        scope_sql=scope,
        suggestion="Send the letter of the energy label as energy_class.",
    )
    yield TableRule(
        code="eprel_number_missing",
        field="attribute.eprel_number",
        severity=Severity.WARNING,
        where_sql=f"coalesce(NOT regexp_full_match({register_number}, '[0-9]{{4,8}}'), true)",
        message_sql=f"concat('This is no number of the register: ', coalesce(left({register_number}, 40), 'nothing'))",
        scope_sql=scope,
        suggestion="Send the number under which the product stands in EPREL as eprel_number.",
        doubtful=True,
    )
