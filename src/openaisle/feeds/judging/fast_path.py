"""The fast path: one statement judges every row that is sound or mendable in a usual way; the others are named.

What it takes, it judges as the validator would, which tests prove row by row. Where it cannot be sure it takes nothing.
"""

from __future__ import annotations

from openaisle.catalog.policy import CatalogPolicy
from openaisle.feeds.judging.attributes import add_attributes
from openaisle.feeds.judging.dictionary import DOUBT_WEIGHT, ERROR_WEIGHT, Dictionary
from openaisle.feeds.judging.draft import STEPS_KEPT_APART, Draft
from openaisle.feeds.judging.findings import add_findings, weight_of
from openaisle.feeds.judging.gtins import add_gtin
from openaisle.feeds.judging.lines import add_image_urls, add_sku, add_texts
from openaisle.feeds.judging.numbers import add_numbers, add_terms
from openaisle.feeds.judging.prices import add_price
from openaisle.feeds.judging.tables import GIVEN, JUDGED, JUDGED_COLUMNS, REPEATED, SLOW
from openaisle.feeds.judging.texts import outer_spaces_removed_sql
from openaisle.inventory.acceptance import HASHED_FACTS
from openaisle.kernel.tabular import Workbench, quoted_name

_HELPERS = ("mends", "notes", "finding_bits")


def judge_fast(*, workbench: Workbench, policy: CatalogPolicy, cells: str, last_prices: str | None) -> None:
    """Fill ``judged``, ``issues`` and ``corrections`` with what SQL can judge; the table ``slow(row)`` names the rest.

    Reads the tables ``repeated`` and ``given``.
    """
    draft = Draft(cells=cells, columns=frozenset(workbench.columns(table=cells)))
    dictionary = Dictionary(workbench=workbench, policy=policy)
    _add_given(draft=draft)
    add_sku(draft=draft, policy=policy)
    add_texts(draft=draft, policy=policy, dictionary=dictionary)
    add_gtin(draft=draft, policy=policy)
    add_numbers(draft=draft, policy=policy, dictionary=dictionary)
    add_price(draft=draft, policy=policy, dictionary=dictionary)
    add_terms(draft=draft, dictionary=dictionary)
    add_attributes(draft=draft, policy=policy, dictionary=dictionary)
    add_image_urls(draft=draft)
    if last_prices is not None:
        _add_last_price(draft=draft, policy=policy, last_prices=last_prices)
    workbench.run(sql=f"CREATE OR REPLACE TABLE {JUDGED} AS {_judged_sql(draft=draft)}")
    workbench.run(sql=f"CREATE OR REPLACE TABLE {SLOW} AS SELECT row FROM {JUDGED} WHERE NOT fast")
    workbench.run(sql=f"DELETE FROM {JUDGED} WHERE NOT fast")
    add_findings(workbench=workbench, draft=draft)
    for helper in _HELPERS:
        workbench.run(sql=f"ALTER TABLE {JUDGED} DROP COLUMN {helper}")


def _add_given(*, draft: Draft) -> None:
    draft.source["is_repeated"] = "repeated.row IS NOT NULL"
    draft.source["given_issue"] = "coalesce(given.has_issue, false)"
    draft.source["given_correction"] = "given.row IS NOT NULL"
    draft.joins.append(f"LEFT JOIN {REPEATED} repeated ON repeated.row = c.row")
    draft.joins.append(f"LEFT JOIN {GIVEN} given ON given.row = c.row")
    # What was found before may make other findings needless, which Python knows.
    draft.fast.append("NOT given_issue")


def _add_last_price(*, draft: Draft, policy: CatalogPolicy, last_prices: str) -> None:
    if not draft.has("supplier_sku"):
        return
    draft.source |= {"last_price_minor": "last.price_minor", "last_currency": "last.currency"}
    sku = outer_spaces_removed_sql("c.supplier_sku")
    draft.joins.append(f"LEFT JOIN {quoted_name(last_prices)} last ON last.supplier_sku = {sku}")
    price, factor = f"({draft.final['price_minor']})", policy.price_jump_factor
    jumped = f"{price} >= last_price_minor * {factor} OR {price} * {factor} <= last_price_minor"
    draft.fast.append(f"NOT coalesce(last_currency = ({draft.final['currency']}) AND ({jumped}), false)")


def _judged_sql(*, draft: Draft) -> str:
    mended = " OR ".join(f"coalesce({mend.where}, false)" for mend in draft.mends)
    looked_up = [f"coalesce({_unless(draft, name)}{name}_corrected, false)" for name in draft.notes]
    notes = [f"CASE WHEN NOT ({unless}) THEN {name}_note END" for name, unless in draft.notes.items()]
    listed = f"list_filter([{', '.join(notes)}], lambda one: one IS NOT NULL)" if notes else "NULL::BIGINT[]"
    mends = ", ".join(f"CASE WHEN {mend.where} THEN {mend.sql()} END" for mend in draft.mends)
    flags = [*draft.flags, *(finding.where for finding in draft.findings)]
    bits = " + ".join(f"CASE WHEN {where} THEN {1 << place} ELSE 0 END" for place, where in enumerate(flags))
    weights = [f"CASE WHEN NOT ({unless}) THEN {name}_weight END" for name, unless in draft.notes.items()]
    weights += [f"CASE WHEN {one.where} THEN {weight_of(code=one.code)} END" for one in draft.findings]
    fast = " AND ".join(draft.fast)
    facts = [f"{expression} AS fact_{field}" for field, expression in draft.final.items()]
    facts += [f"{expression} AS said_{field}" for field, expression in draft.handed.items()]
    inner = f"""SELECT row, {", ".join(f"fact_{field}" for field in draft.final)},
        sha256({_said_sql(draft=draft)}) AS facts_hash,
        coalesce({fast}, false) AS fast,
        CASE WHEN {mended} THEN list_filter([{mends}], lambda one: one IS NOT NULL) END AS mends,
        CASE WHEN coalesce({", ".join([*notes, "NULL"])}) IS NOT NULL THEN {listed} END AS notes,
        ({bits})::BIGINT AS finding_bits,
        greatest({", ".join([*weights, "0"])}) AS weight,
        ({" OR ".join([mended, *looked_up, "given_correction"])}) AS corrected
        FROM (SELECT *, {", ".join(facts)} FROM ({draft.rows_sql()}) {STEPS_KEPT_APART}) {STEPS_KEPT_APART}"""
    columns = {
        "row": "row",
        "fast": "fast",
        "facts_hash": "facts_hash",
        "verdict": f"""CASE WHEN weight >= {ERROR_WEIGHT} THEN 'rejected' WHEN weight = {DOUBT_WEIGHT} THEN 'in_review'
            WHEN corrected THEN 'corrected' ELSE 'accepted' END""",
    }
    listed = ", ".join(f"{columns.get(name, f'fact_{name}')} AS {name}" for name in JUDGED_COLUMNS)
    return f"SELECT {listed}, {', '.join(_HELPERS)} FROM ({inner}) {STEPS_KEPT_APART}"


def _unless(draft: Draft, name: str) -> str:
    return f"NOT ({draft.notes[name]}) AND "


def _said_sql(*, draft: Draft) -> str:
    """Return the expression of the text of the facts that ``inventory.acceptance.facts_hash`` hashes."""
    pieces = [f"coalesce(said_{field}::VARCHAR, '')" if field in draft.handed else "''" for field in HASHED_FACTS]
    return f"rtrim(concat_ws(chr(31), {', '.join(pieces)}), chr(31))"
