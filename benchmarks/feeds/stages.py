"""The stages of one feed in a process of its own: how long each took, how much memory the process had at most."""

from __future__ import annotations

import resource
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import msgspec

from benchmarks.feeds.generator import HEADER
from openaisle.adapters.tabular.workbench import DuckWorkbenches
from openaisle.catalog.policy import CatalogPolicy
from openaisle.feeds.judging.judge import JudgedCounts, judge, make_news
from openaisle.feeds.mapping.model import ColumnMapping, FeedMapping
from openaisle.feeds.mapping.rendering import render
from openaisle.feeds.reading.model import ReadingLimits
from openaisle.feeds.reading.reading import read_file
from openaisle.feeds.state.delta import compare, load_state
from openaisle.feeds.state.model import Family, StateManifest, StatePart
from openaisle.kernel.tabular import Workbench

# As the application sets it (see bootstrap).
MEMORY_MEBIBYTES = 500
_DISK_MEBIBYTES = 20_000
_KIBIBYTES = 1024
_FAMILIES = (Family.FACTS, Family.STOCK)
_SUPPLIER = "sup_benchmark"


class Stages(msgspec.Struct, frozen=True, kw_only=True):
    """The seconds of each stage, what came of the rows that were news, and the peak of memory (MiB)."""

    seconds: dict[str, float]
    fresh: int
    counts: JudgedCounts
    peak_mebibytes: float

    @property
    def total(self) -> float:
        """Return the seconds of all stages."""
        return sum(self.seconds.values())


class Bare(msgspec.Struct, frozen=True, kw_only=True):
    """What the engine needs for the same file without us: to count its rows, and to keep them as a table."""

    count_seconds: float
    table_seconds: float
    peak_mebibytes: float


def bare(path: Path) -> Bare:
    """Read the file by the engine alone."""
    with tempfile.TemporaryDirectory(prefix="openaisle-bare-") as folder:
        connection = duckdb.connect(
            config={"threads": 2, "memory_limit": f"{MEMORY_MEBIBYTES}MiB", "temp_directory": folder}
        )
        connection.execute("SET enable_progress_bar = false")
        columns = ", ".join(f"'{name}': 'VARCHAR'" for name in HEADER)
        told = "header = true, auto_detect = false, delim = ',', quote = '\"'"
        file = f"read_csv('{path}', {told}, columns = {{{columns}}})"
        count = _timed(lambda: connection.execute(f"SELECT count(*) FROM {file}").fetchall())
        table = _timed(lambda: connection.execute(f"CREATE TABLE feed AS SELECT * FROM {file}"))
        connection.close()
    return Bare(count_seconds=count, table_seconds=table, peak_mebibytes=_peak_mebibytes())


def staged_first(path: Path, state_folder: Path) -> Stages:
    """Take a supplier's first feed through all stages but the store, and keep its state for the next one."""
    return _staged(path=path, state_folder=state_folder, keep_state=True)


def staged_again(path: Path, state_folder: Path) -> Stages:
    """Take a feed through all stages but the store, against the state that the first one left."""
    return _staged(path=path, state_folder=state_folder, keep_state=False)


def _staged(*, path: Path, state_folder: Path, keep_state: bool) -> Stages:
    seconds: dict[str, float] = {}
    parts = {family: state_folder / f"{family.value}.parquet" for family in _FAMILIES}
    known = {} if keep_state else parts
    with tempfile.TemporaryDirectory(prefix="openaisle-feeds-") as folder:
        workbenches = DuckWorkbenches(
            folder=Path(folder), memory_mebibytes=MEMORY_MEBIBYTES, disk_mebibytes=_DISK_MEBIBYTES
        )
        with workbenches.open(files=[path, *known.values()]) as workbench:
            seconds["read"] = _timed(lambda: read_file(workbench=workbench, path=path, limits=ReadingLimits()))
            columns = tuple(ColumnMapping(header=name, field=name) for name in HEADER)
            seconds["map"] = _timed(lambda: render(workbench=workbench, mapping=FeedMapping(columns=columns)))
            seconds["delta"] = _timed(lambda: _compare(workbench=workbench, known=known))
            counts: list[JudgedCounts] = []
            seconds["validate and correct"] = _timed(lambda: counts.append(_judge(workbench=workbench)))
            if keep_state:
                _keep(workbench=workbench, parts=parts)
            fresh = workbench.value(sql="SELECT count(*) FROM news")
    return Stages(seconds=seconds, fresh=fresh, counts=counts[0], peak_mebibytes=_peak_mebibytes())


def _compare(*, workbench: Workbench, known: dict[Family, Path]) -> None:
    at = datetime.now(UTC)
    manifest = StateManifest(
        supplier_id=_SUPPLIER,
        parts=tuple(
            StatePart(family=family, name=family.value, row_count=0, at=at, feed_id="fed_before") for family in known
        ),
        changed_at=at,
    )
    paths = {family.value: path for family, path in known.items()}
    load_state(workbench=workbench, manifest=manifest, paths=paths)
    compare(workbench=workbench, salt="benchmark", families=_FAMILIES, touched_skus=())


def _judge(*, workbench: Workbench) -> JudgedCounts:
    make_news(workbench=workbench)
    workbench.run(sql="CREATE OR REPLACE TABLE repeated AS SELECT row FROM delta WHERE repeated")
    return judge(workbench=workbench, policy=CatalogPolicy(), rules=(), cells="news")


def _keep(*, workbench: Workbench, parts: dict[Family, Path]) -> None:
    for family, path in parts.items():
        column = "stock" if family is Family.STOCK else "facts"
        written = workbench.folder / path.name
        workbench.run(
            sql=f"""COPY (SELECT sku, location, {column} AS value, true AS present FROM delta
                WHERE sku IS NOT NULL AND NOT repeated) TO '{written}' (FORMAT parquet)"""
        )
        path.write_bytes(written.read_bytes())


def _timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _peak_mebibytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _KIBIBYTES
