"""The table ``raw`` while it is made by Python: rows go to scratch files, which the engine then loads as a whole."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from openaisle.catalog.issues import IssueCode
from openaisle.feeds.reading.model import FileUnreadable, ReadingLimits, column_name
from openaisle.kernel.tabular import StatementFailed, Workbench, quoted_text

_RAW_ISSUES = "CREATE OR REPLACE TABLE raw_issues (row BIGINT, field VARCHAR, code VARCHAR, message VARCHAR)"
# A row is at most as long as a row of the file, whose bytes may double in UTF-8 and double again in quotes.
_GROWTH = 5
_BUFFER_BYTES = 8_000_000
# Each costs a statement of its own; a file that is irregular in more places gains little.
_SEGMENTS_MAXIMUM = 64
_OWN_OPTIONS = """delim = ',', quote = '"', escape = '"', new_line = '\\n'"""


def create_raw_issues(*, workbench: Workbench) -> None:
    """Create the empty table of what was found about rows."""
    workbench.run(sql=_RAW_ISSUES)


def was_interrupted(*, failed: StatementFailed) -> bool:
    """Return whether a statement failed because somebody broke it off."""
    return "INTERRUPT" in failed.detail.upper()


def rows_too_many(*, limits: ReadingLimits) -> FileUnreadable:
    """Return the refusal of a file that has more rows than allowed."""
    return FileUnreadable(code=IssueCode.ROWS_TOO_MANY, message=f"The file has more than {limits.rows} rows.")


def keep_first_rows(*, workbench: Workbench, count: int) -> tuple[int, int]:
    """Keep the first ``count`` rows; return how many rows there are now, and how many that could not be read."""
    last = workbench.value(sql="SELECT row FROM raw ORDER BY row LIMIT 1 OFFSET ?", parameters=[count - 1])
    if last is not None:
        for table in ("raw", "raw_issues"):
            workbench.run(sql=f"DELETE FROM {table} WHERE row > ?", parameters=[last])
    unreadable = "SELECT count(DISTINCT row) FROM raw_issues WHERE row NOT IN (SELECT row FROM raw)"
    return int(workbench.value(sql="SELECT count(*) FROM raw")), int(workbench.value(sql=unreadable))


def drop_blank_rows(*, workbench: Workbench, columns: int) -> int:
    """Take the rows out of which all cells are empty, as spreadsheets write below their last row; return how many."""
    cells = ", ".join(column_name(index=index) for index in range(columns))
    blank = f"coalesce({cells}, NULL) IS NULL"
    count = int(workbench.value(sql=f"SELECT count(*) FROM raw WHERE {blank}"))
    if count:
        workbench.run(sql=f"DELETE FROM raw_issues WHERE row IN (SELECT row FROM raw WHERE {blank})")
        _take_out(workbench=workbench, where=blank)
    return count


def refuse_large_cells(*, workbench: Workbench, columns: int, limits: ReadingLimits) -> int:
    """Refuse the rows that hold a cell longer than allowed; return how many."""
    lengths = ", ".join(f"coalesce(length({column_name(index=index)}), 0)" for index in range(columns))
    largest = f"greatest({lengths}, 0)"
    # Bytes are known at once, characters are counted: only where there are enough bytes.
    bytes_of = lengths.replace("length(", "strlen(")
    large = f"greatest({bytes_of}, 0) > {limits.cell_characters} AND {largest} > {limits.cell_characters}"
    count = int(workbench.value(sql=f"SELECT count(*) FROM raw WHERE {large}"))
    if count:
        code = quoted_text(IssueCode.CELL_TOO_LARGE.value)
        message = f"'A cell has ' || {largest} || ' characters; {limits.cell_characters} are allowed.'"
        workbench.run(sql=f"INSERT INTO raw_issues SELECT row, '', {code}, {message} FROM raw WHERE {large}")
        _take_out(workbench=workbench, where=large)
    return count


def _take_out(*, workbench: Workbench, where: str) -> None:
    """Take rows out of ``raw``, which becomes a table of its own if it was a view of the rows as they were read."""
    workbench.run(sql=f"CREATE TABLE raw_left AS SELECT * FROM raw WHERE NOT coalesce({where}, false)")
    kind = "VIEW" if workbench.value(sql="SELECT count(*) FROM duckdb_views() WHERE view_name = 'raw'") else "TABLE"
    workbench.run(sql=f"DROP {kind} raw")
    workbench.run(sql="ALTER TABLE raw_left RENAME TO raw")


def read_csv(*, path: Path, columns: Sequence[str], options: str, row_bytes: int) -> str:
    """Return the SQL source that reads a CSV file strictly, every cell as text, an empty one as NULL."""
    typed = ", ".join(f"'{name}': 'VARCHAR'" for name in columns)
    buffer = max(_BUFFER_BYTES, 2 * row_bytes)
    return (
        f"read_csv({quoted_text(str(path))}, auto_detect = false, header = false, columns = {{{typed}}}, "
        f"strict_mode = true, nullstr = '', encoding = 'utf-8', comment = '', "
        f"max_line_size = {row_bytes}, buffer_size = {buffer}, compression = 'none', {options})"
    )


class CopiesRefused(Exception):
    """The engine found something in blocks that were copied as they are; they must be read row by row."""


class _Segment(NamedTuple):
    """Lines of the file copied as they are: the number of their first row, and how many rows they are."""

    path: Path
    first: int
    rows: int


class RawTable:
    """Takes rows and findings in the order of the file, and makes the tables of them at the end, in any order.

    With a ``delimiter``, whole blocks of regular lines can be taken as they are.
    """

    def __init__(self, *, workbench: Workbench, limits: ReadingLimits, delimiter: str | None = None) -> None:
        self._workbench = workbench
        self._delimiter = delimiter
        self._segments: list[_Segment] = []
        self._limits = limits
        self._rows_path = workbench.folder / "raw.csv"
        self._issues_path = workbench.folder / "raw_issues.csv"
        self._rows_file = self._rows_path.open("w", encoding="utf-8", errors="replace", newline="")
        self._issues_file = self._issues_path.open("w", encoding="utf-8", errors="replace", newline="")
        # Every text is quoted: cells may hold line ends of any kind.
        self._rows = csv.writer(self._rows_file, lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC)
        self._issues = csv.writer(self._issues_file, lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC)
        self.row_count = 0
        self.unreadable_count = 0

    def add(self, *, row: int, cells: Sequence[str]) -> None:
        """Add a row by its number in the file; the shorter ones are filled up when the table is made."""
        self._counted(1)
        self._rows.writerow((row, *cells))

    def add_block(self, *, rows: Iterable[Sequence[object]], count: int) -> None:
        """Add rows whose first cell is the row's number already."""
        self._counted(count)
        self._rows.writerows(rows)

    def copy_block(self, *, block: bytes, first: int, count: int) -> bool:
        """Take regular lines as they are, the first of them being row ``first``; returns False if that is no use."""
        if self._delimiter is None:
            return False
        last = self._segments[-1] if self._segments else None
        if last is not None and last.first + last.rows == first:
            segment = last._replace(rows=last.rows + count)
            self._segments[-1] = segment
        elif len(self._segments) < _SEGMENTS_MAXIMUM:
            segment = _Segment(self._workbench.folder / f"copied-{len(self._segments)}.csv", first, count)
            self._segments.append(segment)
        else:
            return False
        with segment.path.open("ab") as file:
            file.write(block if block.endswith(b"\n") else block + b"\n")
        self._counted(count)
        return True

    def refuse(self, *, row: int, code: IssueCode, message: str) -> None:
        """Tell of a row that cannot be read: it is counted, and stands in ``raw_issues`` alone."""
        self._counted(1)
        self.unreadable_count += 1
        self.tell(row=row, code=code, message=message)

    def tell(self, *, row: int, code: IssueCode, message: str, field: str = "") -> None:
        """Tell of something found in a row."""
        self._issues.writerow((row, field, code.value, message.replace("\x00", "")))

    def finish(self, *, columns: int, even: bool = True) -> int:
        """Make the tables and return the number of rows in ``raw``.

        ``even`` tells that every row has exactly so many cells; else the shorter ones are filled up.
        """
        self.close()
        names = [column_name(index=index) for index in range(columns)]
        listed = "".join(f", {name}" for name in names)
        self._load(
            statement=f"CREATE OR REPLACE TABLE raw AS SELECT CAST(row AS BIGINT) AS row{listed} FROM",
            path=self._rows_path,
            columns=["row", *names],
            even=even,
        )
        create_raw_issues(workbench=self._workbench)
        self._load(
            statement="INSERT INTO raw_issues SELECT CAST(row AS BIGINT), coalesce(field, ''), code, message FROM",
            path=self._issues_path,
            columns=["row", "field", "code", "message"],
            even=True,
        )
        self._rows_path.unlink()
        self._issues_path.unlink()
        self._load_copies(names=names)
        drop_blank_rows(workbench=self._workbench, columns=columns)
        return int(self._workbench.value(sql="SELECT count(*) FROM raw"))

    def _load(self, *, statement: str, path: Path, columns: Sequence[str], even: bool) -> None:
        row_bytes = _GROWTH * self._limits.row_bytes
        # Threads that start in the middle of a file may lose their way in quoted cells that hold many lines. With
        # padding the engine doesn't try.
        for parallel in (True, False) if even else (False,):
            options = (
                _OWN_OPTIONS + ("" if even else ", null_padding = true") + ("" if parallel else ", parallel = false")
            )
            try:
                source = read_csv(path=path, columns=columns, options=options, row_bytes=row_bytes)
                self._workbench.run(sql=f"{statement} {source}")
            except StatementFailed as failed:
                if not parallel or was_interrupted(failed=failed):
                    raise
            else:
                return

    def _load_copies(self, *, names: Sequence[str]) -> None:
        options = f"""delim = {quoted_text(self._delimiter or ",")}, quote = '"', escape = '"'"""
        listed = ", ".join(names)
        before = int(self._workbench.value(sql="SELECT count(*) FROM raw"))
        for segment in self._segments:
            source = read_csv(path=segment.path, columns=names, options=options, row_bytes=self._limits.row_bytes)
            sql = f"INSERT INTO raw SELECT row_number() OVER () + {segment.first - 1}, {listed} FROM {source}"
            try:
                self._workbench.run(sql=sql)
            except StatementFailed as failed:
                if was_interrupted(failed=failed):
                    raise
                raise CopiesRefused from failed
            segment.path.unlink()
        copied = sum(segment.rows for segment in self._segments)
        if int(self._workbench.value(sql="SELECT count(*) FROM raw")) != before + copied:
            raise CopiesRefused

    def close(self) -> None:
        """Close the scratch files; they vanish with the workbench."""
        self._rows_file.close()
        self._issues_file.close()

    def _counted(self, count: int) -> None:
        self.row_count += count
        if self.row_count > self._limits.rows:
            raise rows_too_many(limits=self._limits)
