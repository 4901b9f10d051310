"""A mapping becomes SQL: the raw table of a file turns into the table of cells, with what was mended on the way."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from openaisle.catalog.issues import CorrectionRule, IssueCode
from openaisle.feeds.mapping.fields import ATTRIBUTE_PREFIX, REPEATABLE_FIELDS
from openaisle.feeds.mapping.model import ColumnMapping, FeedMapping
from openaisle.feeds.mapping.units import BASE_UNITS, UNIT_SPELLINGS, converted_sql
from openaisle.kernel.tabular import Workbench, quoted_name, quoted_text

_WHOLE = "^[0-9]{1,12}$"
_BARE_NUMBER = r"^[ \t]*[0-9.,]+[ \t]*$"


class _Cell(msgspec.Struct, frozen=True, kw_only=True):
    """One field of the cells table, as an expression over ``raw``.

    Where it is not simply a cell, ``before`` is the cell as it stood, ``rule`` names the mend, ``noted`` limits the
    rows whose mend is worth a correction, and ``issue`` tells of cells that could not be read. Where ``plain_where``
    holds for every cell, ``plain`` is enough.
    """

    field: str
    expression: str
    before: str | None = None
    rule: str = ""
    beside: str = ""
    noted: str = ""
    issue: str = ""
    plain_where: str = ""
    plain: str = ""


def render(*, workbench: Workbench, mapping: FeedMapping) -> None:
    """Make ``cells``, ``cells_issues`` and ``cells_corrections`` out of ``raw``; the mapping must be usable.

    Where no cell is computed, ``cells`` is a view: it costs nothing. Raises StatementFailed, WorkbenchFull.
    """
    columns = workbench.columns(table="raw")
    cells = [
        _plain_if_whole(workbench=workbench, cell=cell) for cell in _cells(mapping=mapping, count=len(columns) - 1)
    ]
    _declare_values(workbench=workbench, mapping=mapping, count=len(columns) - 1)
    computed = [cell for cell in cells if cell.before is not None]
    listed = "".join(f", {cell.expression} AS {quoted_name(cell.field)}" for cell in cells)
    beside = "".join(cell.beside for cell in cells)
    kind = "TABLE" if computed else "VIEW"
    workbench.run(sql=f"CREATE {kind} cells AS SELECT raw.row{listed} FROM raw{beside}")
    workbench.run(sql="CREATE TABLE cells_issues (row BIGINT, field VARCHAR, code VARCHAR, message VARCHAR)")
    workbench.run(
        sql="CREATE TABLE cells_corrections (row BIGINT, field VARCHAR, before VARCHAR, after VARCHAR, rule VARCHAR)"
    )
    for cell in computed:
        _note(workbench=workbench, cell=cell)


def _plain_if_whole(*, workbench: Workbench, cell: _Cell) -> _Cell:
    """Return the cell as it stands where no row of the file needs anything: looking is cheaper than computing."""
    if not cell.plain_where or cell.before is None:
        return cell
    found = workbench.value(sql=f"SELECT count(*) FROM raw WHERE NOT {cell.plain_where}")
    return cell if found else _Cell(field=cell.field, expression=cell.plain)


def _cells(*, mapping: FeedMapping, count: int) -> list[_Cell]:
    by_field: dict[str, list[tuple[int, ColumnMapping]]] = {}
    for position, column in enumerate(mapping.columns[:count]):
        if column.field is not None:
            by_field.setdefault(column.field, []).append((position, column))
    cells = [_cell(field=field, columns=columns, mapping=mapping) for field, columns in by_field.items()]
    cells += [
        _Cell(field=field, expression=quoted_text(text))
        for field, text in mapping.constants.items()
        if field not in by_field and text
    ]
    # Fields of ours stand first, attributes after them in the order of their names.
    return sorted(cells, key=lambda cell: (cell.field.startswith(ATTRIBUTE_PREFIX), cell.field))


def _cell(*, field: str, columns: Sequence[tuple[int, ColumnMapping]], mapping: FeedMapping) -> _Cell:
    texts = [f"nullif(raw.c{position}, '')" for position, _ in columns]
    position, column = columns[0]
    text = texts[0]
    if field in REPEATABLE_FIELDS and len(texts) > 1:
        # An address holds no space, so it parts them.
        text = f"nullif(concat_ws(' ', {', '.join(texts)}), '')"
    constant = mapping.constants.get(field)
    if field in BASE_UNITS:
        cell = _measure(field=field, text=text, column=column)
    elif column.values:
        cell = _mapped(field=field, text=text, position=position)
    elif field == "price" and column.decimal_comma is not None:
        cell = _price(text=text, decimal_comma=column.decimal_comma)
    else:
        cell = _Cell(field=field, expression=text)
    if constant:
        filled = quoted_text(constant)
        expression, plain = (f"coalesce({one or 'NULL'}, {filled})" for one in (cell.expression, cell.plain))
        return msgspec.structs.replace(cell, expression=expression, plain=plain)
    return cell


def _measure(*, field: str, text: str, column: ColumnMapping) -> _Cell:
    """Return the cell of a weight or length; one in an unknown unit is left out with an issue, never guessed."""
    base = BASE_UNITS[field]
    unit = quoted_text(column.unit or base)
    if column.unit_column is not None:
        spelled = f"coalesce(rtrim(lower(trim(raw.c{column.unit_column})), '.'), '')"
        pairs = "".join(f" WHEN {quoted_text(word)} THEN {quoted_text(name)}" for word, name in UNIT_SPELLINGS.items())
        nothing = f" WHEN '' THEN {unit}" if column.unit else ""
        unit = f"(CASE {spelled}{nothing}{pairs} END)"
    value = converted_sql(field=field, text=text, unit=unit, decimal_comma=column.decimal_comma)
    bare = f"regexp_full_match({text}, {quoted_text(_WHOLE)})"
    if column.unit in {None, base} and column.unit_column is None:
        # Whole numbers of the base unit are the rule; what cannot be converted is told by the catalog's own reading.
        return _Cell(
            field=field,
            expression=f"CASE WHEN {bare} THEN {text} ELSE coalesce({value}, {text}) END",
            before=text,
            rule=CorrectionRule.UNIT_CONVERTED,
            plain_where=bare,
            plain=text,
        )
    message = "' is no number in a known unit.'"
    return _Cell(
        field=field,
        expression=value,
        before=text,
        rule=CorrectionRule.UNIT_CONVERTED,
        # The unit of a whole column is stated once, in the mapping; a cell that names its own was mended.
        noted=f"NOT regexp_matches({text}, {quoted_text(_BARE_NUMBER)})",
        issue=f"'''' || left({text}, 60) || '''' || {message}",
    )


def _mapped(*, field: str, text: str, position: int) -> _Cell:
    # An enumeration finds a text by its hash; the meanings stand beside it as one list of one row, so that nothing is
    # joined and the rows keep their order.
    name = _values_name(position)
    found = f"CAST(enum_code(TRY_CAST(lower(trim({text})) AS {name})) AS INTEGER) + 1"
    rule = CorrectionRule.CATEGORY_MAPPED if field == "category" else CorrectionRule.VALUE_MAPPED
    expression = f"coalesce(list_extract({name}.meanings, {found}), {text})"
    return _Cell(field=field, expression=expression, before=text, rule=rule, beside=f", {name}")


def _price(*, text: str, decimal_comma: bool) -> _Cell:
    """Return the cell of a price: only where a text may mean two things, the mapping decides."""
    mark = "," if decimal_comma else "."
    other = "." if decimal_comma else ","
    ambiguous = r"^([^0-9]{0,6}[0-9]{1,3})" + f"[{other}]" + r"([0-9]{3}[^0-9]{0,6})$"
    decimal = r"^([^0-9]{0,6}[0-9]{1,12})" + f"[{mark}]" + r"([0-9]{3}[^0-9]{0,6})$"
    expression = (
        f"CASE WHEN regexp_matches({text}, {quoted_text(ambiguous)})"
        rf" THEN regexp_replace({text}, {quoted_text(ambiguous)}, '\1\2')"
        f" WHEN regexp_matches({text}, {quoted_text(decimal)})"
        rf" THEN regexp_replace({text}, {quoted_text(decimal)}, '\1.\2') ELSE {text} END"
    )
    return _Cell(field="price", expression=expression, before=text, rule=CorrectionRule.PRICE_TEXT_READ)


def _declare_values(*, workbench: Workbench, mapping: FeedMapping, count: int) -> None:
    for position, column in enumerate(mapping.columns[:count]):
        if column.field is not None and column.values:
            entries = {before.strip().lower(): after for before, after in column.values.items()}
            texts, meanings = (", ".join(map(quoted_text, part)) for part in (entries, entries.values()))
            workbench.run(sql=f"CREATE TYPE {_values_name(position)} AS ENUM ({texts})")
            workbench.run(sql=f"CREATE TABLE {_values_name(position)} AS SELECT [{meanings}] AS meanings")


def _values_name(position: int) -> str:
    return f"mapping_values_{position}"


def _note(*, workbench: Workbench, cell: _Cell) -> None:
    """Write down where a cell differs from what stood in the file, and where it could not be read."""
    field, before, after = quoted_text(cell.field), cell.before, cell.expression
    # Kept apart, the few rows worth a note are found before anything is computed for them.
    few = f"WITH few AS MATERIALIZED (SELECT * FROM raw WHERE {cell.noted}) " if cell.noted else ""
    source = "few AS raw" if few else "raw"
    workbench.run(
        sql=f"INSERT INTO cells_corrections {few}SELECT row, {field}, left(before, 200), left(after, 200),"
        f" {quoted_text(cell.rule)} FROM (SELECT raw.row, {before} AS before, {after} AS after"
        f" FROM {source}{cell.beside} WHERE {before} IS NOT NULL) WHERE after <> before"
    )
    if cell.issue:
        name = f"cells.{quoted_name(cell.field)}"
        workbench.run(
            sql=f"INSERT INTO cells_issues SELECT raw.row, {field}, {quoted_text(IssueCode.MEASURE_UNREADABLE)},"
            f" {cell.issue} FROM raw JOIN cells ON cells.row = raw.row WHERE {name} IS NULL AND {before} IS NOT NULL"
        )
