"""Delimited text becomes table ``raw``: by the engine itself where the file is regular, else row by row."""

from __future__ import annotations

import msgspec

from openaisle.feeds.reading.dialects import Header, detect_delimiter, find_header, records
from openaisle.feeds.reading.encodings import TextFile, text_file
from openaisle.feeds.reading.model import (
    FileFormat,
    ReadFile,
    Reading,
    ReadingLimits,
    column_name,
)
from openaisle.feeds.reading.plain_rows import PlainRows
from openaisle.feeds.reading.raw_table import (
    CopiesRefused,
    RawTable,
    create_raw_issues,
    drop_blank_rows,
    read_csv,
    refuse_large_cells,
    rows_too_many,
    was_interrupted,
)
from openaisle.kernel.tabular import StatementFailed, Workbench

_SAMPLE_BYTES = 1_048_576
_READ = "rows_as_read"


def read_delimited(
    *,
    reading: Reading,
) -> ReadFile:
    """Make the tables of a delimited text; raises FileUnreadable."""
    workbench, source, limits, hints, rows_maximum = reading
    file = text_file(path=source.path, folder=workbench.folder, hint=hints.encoding)
    sample = _sample(file)
    delimiter = hints.delimiter or detect_delimiter(sample=sample)
    header = find_header(rows=records(sample=sample, delimiter=delimiter), has_header=hints.has_header, limits=limits)
    read = ReadFile(
        format=FileFormat.DELIMITED,
        headers=header.names,
        header_row=None if header.index is None else header.index + 1,
        row_count=0,
        packed_by=source.packed_by,
        encoding=file.encoding,
        delimiter=delimiter,
        issues=(*file.issues, *header.issues),
    )
    if rows_maximum is None and _is_regular(file=file, header=header, sample=sample):
        rows = _by_engine(workbench=workbench, file=file, header=header, delimiter=delimiter, limits=limits)
        if rows is not None:
            return _told(read, workbench=workbench, rows=rows, unreadable=0, limits=limits, fast=True)
    try:
        return _row_by_row(read, reading=reading, file=file, header=header, copies=rows_maximum is None)
    except CopiesRefused:
        return _row_by_row(read, reading=reading, file=file, header=header, copies=False)


def _row_by_row(read: ReadFile, *, reading: Reading, file: TextFile, header: Header, copies: bool) -> ReadFile:
    delimiter = read.delimiter or ","
    workbench, limits = reading.workbench, reading.limits
    table = RawTable(workbench=workbench, limits=limits, delimiter=delimiter if copies else None)
    plain = PlainRows(
        table=table,
        delimiter=delimiter,
        columns=len(header.names),
        first_data_index=header.first_data_index,
        limits=limits,
    )
    try:
        complete = plain.read(file=file, rows_maximum=reading.rows_maximum)
    finally:
        table.close()
    rows = table.finish(columns=len(header.names))
    return _told(
        read, workbench=workbench, rows=rows, unreadable=table.unreadable_count, limits=limits, complete=complete
    )


def _told(
    read: ReadFile,
    *,
    workbench: Workbench,
    rows: int,
    unreadable: int,
    limits: ReadingLimits,
    fast: bool = False,
    complete: bool = True,
) -> ReadFile:
    refused = refuse_large_cells(workbench=workbench, columns=len(read.headers), limits=limits)
    return msgspec.structs.replace(
        read,
        row_count=rows + unreadable,
        unreadable_count=unreadable + refused,
        fast=fast,
        complete=complete,
    )


def _sample(file: TextFile) -> str:
    with file.path.open("rb") as opened:
        start = opened.read(_SAMPLE_BYTES)
    text = start.decode("utf-8", "replace").removeprefix("\ufeff").replace("\x00", "")
    whole, line_end, _ = text.rpartition("\n")
    return whole + line_end if len(start) == _SAMPLE_BYTES and line_end else text


def _is_regular(*, file: TextFile, header: Header, sample: str) -> bool:
    scan = file.scan
    above = "\n".join(sample.split("\n")[: header.first_data_index])
    return scan.is_utf8 and not scan.has_nul and len(header.names) > 1 and above.count('"') % 2 == 0


def _by_engine(
    *, workbench: Workbench, file: TextFile, header: Header, delimiter: str, limits: ReadingLimits
) -> int | None:
    """Return the number of rows, None if the engine found something irregular in them."""
    names = [column_name(index=index) for index in range(len(header.names))]
    skip = header.first_data_index
    options = f"""delim = '{delimiter}', quote = '"', escape = '"', skip = {skip}"""
    source = read_csv(path=file.path, columns=names, options=options, row_bytes=limits.row_bytes)
    try:
        workbench.run(sql=f"CREATE OR REPLACE TABLE {_READ} AS SELECT * FROM {source}")
    except StatementFailed as failed:
        if was_interrupted(failed=failed):
            raise
        return None
    # Threads read parts of the file side by side and keep their order, so that a row's place tells its number; counting
    # while reading would leave all but one of them idle.
    rows = int(workbench.value(sql=f"SELECT count(*) FROM {_READ}"))
    if rows > limits.rows:
        raise rows_too_many(limits=limits)
    if rows + skip != file.scan.lines:
        ends = " + ".join(f"length({name}) - length(replace({name}, chr(10), ''))" for name in names)
        coalesced = ends.replace(" + ", ", 0) + coalesce(")
        inner = workbench.value(sql=f"SELECT sum(coalesce({coalesced}, 0)) FROM {_READ}")
        # Every line end of the file parts two rows or stands in a cell: then none was lost or joined, and there is no
        # blank line, which the engine would pass over without counting it.
        if rows + skip + int(inner or 0) != file.scan.lines:
            workbench.run(sql=f"DROP TABLE {_READ}")
            return None
    workbench.run(sql=f"CREATE VIEW raw AS SELECT rowid + {skip + 1} AS row, * FROM {_READ}")
    create_raw_issues(workbench=workbench)
    return rows - drop_blank_rows(workbench=workbench, columns=len(names))
