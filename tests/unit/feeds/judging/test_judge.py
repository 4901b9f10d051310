from __future__ import annotations

from openaisle.catalog.issues import Severity
from openaisle.catalog.policy import CatalogPolicy
from openaisle.catalog.table_rules import TableRule, attribute_sql, fixed_message_sql
from openaisle.feeds.judging.judge import judge
from tests.factories.feeds import cells, cells_table

POLICY = CatalogPolicy()


def judged(workbench, *rows, rules=(), **given):
    cells_table(workbench=workbench, rows=rows)
    return judge(workbench=workbench, policy=POLICY, rules=rules, **given)


def found(workbench, sql):
    return [row for rows in workbench.rows(sql=sql) for row in rows]


def test_every_row_gets_one_verdict(workbench):
    counts = judged(
        workbench,
        cells(),
        cells(supplier_sku="MUG-2", title=" Stoneware  mug "),
        cells(supplier_sku="MUG-3", title="Mu"),
        cells(supplier_sku="MUG-4", price="free"),
    )
    assert (counts.rows, counts.accepted, counts.corrected, counts.in_review, counts.rejected) == (4, 1, 1, 1, 1)
    verdicts = found(workbench, "SELECT row, verdict, title FROM judged ORDER BY row")
    assert verdicts == [
        (2, "accepted", "Stoneware mug, blue"),
        (3, "corrected", "Stoneware mug"),
        (4, "in_review", "Mu"),
        (5, "rejected", "Stoneware mug, blue"),
    ]


def test_the_first_row_of_a_repeated_sku_counts(workbench):
    judged(workbench, cells(), cells(supplier_sku=" MUG-1"), cells(supplier_sku="MUG-1\u00a0"))
    assert found(workbench, "SELECT row, verdict FROM judged ORDER BY row") == [
        (2, "accepted"),
        (3, "rejected"),
        (4, "rejected"),
    ]


def test_what_reading_and_mapping_found_counts_for_its_row(workbench):
    workbench.run(sql="CREATE TABLE raw_issues (row BIGINT, field VARCHAR, code VARCHAR, message VARCHAR)")
    workbench.append(table="raw_issues", rows=[(2, "", "row_too_long", "Too long."), (99, "", "row_too_long", "Gone.")])
    columns = "row BIGINT, field VARCHAR, before VARCHAR, after VARCHAR, rule VARCHAR"
    workbench.run(sql=f"CREATE TABLE cells_corrections ({columns})")
    workbench.append(table="cells_corrections", rows=[(3, "weight_grams", "0.35 kg", "350", "number_text_read")])
    counts = judged(workbench, cells(), cells(supplier_sku="MUG-2"))
    assert (counts.rejected, counts.corrected) == (1, 1)
    assert found(workbench, "SELECT row, code, severity FROM issues") == [(2, "row_too_long", "error")]
    assert found(workbench, "SELECT row, field, before, after, who FROM corrections") == [
        (3, "weight_grams", "0.35 kg", "350", "openaisle")
    ]


def test_a_price_that_jumped_is_doubted(workbench):
    columns = "supplier_sku VARCHAR, price_minor BIGINT, currency VARCHAR"
    workbench.run(sql=f"CREATE TABLE last_prices ({columns})")
    workbench.append(table="last_prices", rows=[("MUG-1", 10, "EUR"), ("MUG-2", 10, "USD")])
    counts = judged(workbench, cells(), cells(supplier_sku="MUG-2"), last_prices="last_prices")
    assert (counts.in_review, counts.accepted) == (1, 1)


def test_rules_over_tables_reject_doubt_and_warn(workbench):
    rules = [
        TableRule(
            code="color_forbidden",
            field="attributes",
            severity=Severity.ERROR,
            where_sql=f"{attribute_sql(name='color')} = 'gold'",
            message_sql=f"'No ' || {attribute_sql(name='color')}",
            suggestion="Send another color.",
        ),
        TableRule(
            code="cheap",
            field="price_minor",
            severity=Severity.WARNING,
            where_sql="price_minor < 100",
            message_sql=fixed_message_sql(text="It's cheap."),
            doubtful=True,
        ),
        TableRule(
            code="light",
            field="weight_grams",
            severity=Severity.WARNING,
            where_sql="weight_grams < 10",
            message_sql=fixed_message_sql(text="It is light."),
        ),
    ]
    counts = judged(
        workbench,
        cells(**{"attribute.color": "gold"}, price="0.50"),
        cells(supplier_sku="MUG-2", price="0.50"),
        cells(supplier_sku="MUG-3", weight_grams="5"),
        rules=rules,
    )
    assert (counts.rejected, counts.in_review, counts.accepted) == (1, 1, 1)
    assert found(workbench, "SELECT row, code, message, suggestion FROM issues ORDER BY row, code") == [
        (2, "cheap", "It's cheap.", None),
        (2, "color_forbidden", "No gold", "Send another color."),
        (3, "cheap", "It's cheap.", None),
        (4, "light", "It is light.", None),
    ]
