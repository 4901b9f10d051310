"""Draws the tables of docs/benchmarks.md: ratios first, and nothing that tells whose machine it was."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from benchmarks.results import EndToEnd, LoadRow, Results, median

BEGIN = "<!-- measured: begin (written by python -m benchmarks --write) -->"
END = "<!-- measured: end -->"


class MarkersMissing(Exception):
    """The document has no place for the tables."""


def written_into(*, document: Path, results: Results) -> None:
    """Replace what stands between the markers of the document; raises MarkersMissing."""
    text = document.read_text(encoding="utf-8")
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        message = f"{document.name} lacks the lines {BEGIN} and {END}"
        raise MarkersMissing(message)
    document.write_text(f"{before}{BEGIN}\n\n{drawn(results=results)}\n{END}{after}", encoding="utf-8")


def drawn(*, results: Results) -> str:
    """Return all tables of what was measured, as Markdown."""
    machine = results.machine
    facts = (
        f"Measured on {machine.cores} cores ({machine.processor}), Python {machine.python}, SQLite {machine.sqlite}, "
        f"{machine.file_system}; {results.rounds} rounds of {results.seconds:g} seconds, medians, "
        "with the lowest and highest round in brackets."
    )
    sections = [
        facts,
        _ratios(results),
        _placing(results),
        _end_to_end(results),
        _reading(results),
        _limits(results),
        _oversell(results),
        _footprint(results),
    ]
    return "\n\n".join(section for section in sections if section) + "\n"


def _ratios(results: Results) -> str:
    rows = []
    for row in results.placing:
        together = results.limits_together(connections=row.connections)
        if together:
            told = (f"orders placed, {_clients(row.connections)}", "what store and HTTP allow together")
            rows.append((*told, _shares(row.per_second, together)))
    best = max(results.placing, key=lambda row: median(row.per_second), default=None)
    for flow in results.end_to_end:
        if best is not None:
            told = (f"orders end to end, {_clients(flow.connections)}", f"orders placed, {_clients(best.connections)}")
            rows.append((*told, _shares(flow.orders_per_second, best.per_second)))
    return _table(title="Ratios", heads=("this", "to this", "ratio"), rows=rows)


def _placing(results: Results) -> str:
    return _load_table(
        title="Orders placed through HTTP: 3 lines of 2 to 3 suppliers, durable",
        what="orders/s",
        rows=results.placing,
    )


def _reading(results: Results) -> str:
    return _load_table(title="Get product with its offers and stock", what="requests/s", rows=results.reading)


def _load_table(*, title: str, what: str, rows: Sequence[LoadRow]) -> str:
    processes = sorted({name for row in rows for name in row.cpu_milliseconds if name != "load generator"})
    heads = ("clients", what, "p50 ms", "p99 ms", "max ms", *(f"CPU ms, {name}" for name in processes))
    cells = [
        (
            str(row.connections),
            _spread(row.per_second),
            f"{median(row.p50_milliseconds):.2f}",
            f"{median(row.p99_milliseconds):.2f}",
            f"{max(row.maximum_milliseconds, default=0):.1f}",
            *(f"{median(row.cpu_milliseconds.get(name, [])):.3f}" for name in processes),
        )
        for row in rows
    ]
    return _table(title=title, heads=heads, rows=cells)


def _end_to_end(results: Results) -> str:
    table = _table(
        title="End to end: placed until every purchase order was received and acknowledged",
        heads=("clients", "orders/s", "purchase orders/s", "placed/s meanwhile", "purchase orders waiting at its end"),
        rows=[
            (
                str(flow.connections),
                _spread(flow.orders_per_second),
                _spread(flow.purchase_orders_per_second),
                _spread(flow.placed_per_second),
                f"{median(flow.backlog_purchase_orders):,.0f} of {median(flow.purchase_orders):,.0f}",
            )
            for flow in results.end_to_end
        ],
    )
    processes = [_processes_of(flow) for flow in results.end_to_end]
    return "\n\n".join(part for part in (table, *processes) if part)


def _processes_of(flow: EndToEnd) -> str:
    return _table(
        title=f"Its processes, {_clients(flow.connections)}",
        heads=("process", "CPU ms per order", "peak MiB"),
        rows=[
            (name, f"{median(taken):.3f}", f"{median(flow.peak_mebibytes.get(name, [])):.0f}")
            for name, taken in flow.cpu_milliseconds.items()
        ],
    )


def _limits(results: Results) -> str:
    rows = [
        (
            (
                f"durable SQLite transactions of {limit.orders_per_transaction} order(s): {limit.rows_per_order} rows, "
                f"{limit.bytes_per_order:,} bytes each"
            ),
            "1",
            f"{_spread(limit.orders_per_second)} orders/s",
        )
        for limit in results.store_limits
    ]
    names = {"starlette": "empty Starlette handler, bodies of the same size", "raw": "raw ASGI application, the same"}
    rows += [
        (names.get(row.name, row.name), str(row.connections), f"{_spread(row.per_second)} requests/s")
        for row in results.http_limits
    ]
    for row in results.http_limits:
        together = results.limits_together(connections=row.connections)
        if row.name == "starlette" and together:
            told = "one transaction and one empty request, one after the other"
            rows.append((told, str(row.connections), f"{_spread(together)} orders/s"))
    return _table(title="Bare limits", heads=("limit", "clients", "measured"), rows=rows)


def _oversell(results: Results) -> str:
    rows = [
        (
            f"{one.orders:,} at once for {one.units}",
            str(one.sold),
            str(one.refused),
            "pass" if one.passed else f"FAIL {one.other_statuses}",
        )
        for one in results.oversell
    ]
    return _table(title="Never oversold", heads=("orders", "placed", "refused", "verdict"), rows=rows)


def _footprint(results: Results) -> str:
    return _table(
        title="Start and memory",
        heads=("process", "start seconds", "idle MiB", "peak MiB"),
        rows=[
            (
                one.process,
                f"{median(one.start_seconds):.2f}" if any(one.start_seconds) else "-",
                f"{median(one.idle_mebibytes):.0f}",
                f"{median(one.peak_mebibytes):.0f}",
            )
            for one in results.footprint
        ],
    )


def _clients(connections: int) -> str:
    return "1 client" if connections == 1 else f"{connections} clients"


def _shares(these: Sequence[float], those: Sequence[float]) -> str:
    """Return the median of the rounds' ratios: what was measured in the same round is compared."""
    shares = [this / that for this, that in zip(these, those, strict=False) if that]
    return f"{median(shares):.2f} ({min(shares):.2f} to {max(shares):.2f})" if shares else "-"


def _spread(values: Sequence[float]) -> str:
    if not values:
        return "-"
    return f"{median(values):,.0f} ({min(values):,.0f} to {max(values):,.0f})"


def _table(*, title: str, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [f"| {' | '.join(row)} |" for row in rows]
    if not lines:
        return ""
    ruler = "|".join(["", "---", *("---:" for _ in heads[1:]), ""])
    return "\n".join([f"### {title}", "", f"| {' | '.join(heads)} |", ruler, *lines])
