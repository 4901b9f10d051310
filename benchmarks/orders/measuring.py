"""``python -m benchmarks orders``: what orders must withstand, each figure beside its goal."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from benchmarks.home import Home
from benchmarks.orders.optimum import CANDIDATES, LINES, Thinking, measure_optimum
from benchmarks.orders.placing import FlashSale, HalfRate, measure_flash_sale, measure_half_rate
from benchmarks.orders.store_size import MANY, Compared, InStore
from benchmarks.orders.suppliers_down import Bulkhead, measure_bulkhead
from benchmarks.preparation import Sizes, prepare, sampled_order
from benchmarks.processes import ROOT
from benchmarks.results import Machine, median, this_machine

PARTS = ("half-rate", "flash-sale", "store-size", "suppliers-down", "optimum")
DOCUMENT = ROOT / "docs" / "benchmarks.md"
BEGIN = "<!-- orders: begin (written by python -m benchmarks orders --write) -->"
END = "<!-- orders: end -->"
_QUICK_SIZES = Sizes(suppliers=10, products=100)
_QUICK_MANY = 5_000


class OrderFigures(msgspec.Struct, kw_only=True):
    """Everything measured; what was not asked for stays empty."""

    machine: Machine
    seconds: float
    half_rate: list[HalfRate] = msgspec.field(default_factory=list)
    flash_sale: list[FlashSale] = msgspec.field(default_factory=list)
    store_size: list[InStore] = msgspec.field(default_factory=list)
    bulkhead: list[Bulkhead] = msgspec.field(default_factory=list)
    optimum: list[Thinking] = msgspec.field(default_factory=list)


def measured(*, arguments: argparse.Namespace, directory: Path) -> OrderFigures:
    """Prepare a home and measure what was asked for, round by round."""
    figures = OrderFigures(machine=this_machine(directory=directory), seconds=arguments.seconds)
    if "optimum" in arguments.parts:
        _told("the optimum of large orders")
        figures.optimum = measure_optimum()
    if set(arguments.parts) == {"optimum"}:
        return figures
    sizes = _QUICK_SIZES if arguments.quick else Sizes()
    _told(f"preparing a home with {sizes.suppliers} suppliers and {sizes.products} products")
    template = prepare(directory=directory, sizes=sizes)
    compared = None
    if "store-size" in arguments.parts:
        _told(f"filling a store with {arguments.many:,} orders")
        shape = sampled_order(template=template, directory=directory).shape
        compared = Compared(template=template, shape=shape, many=arguments.many, directory=directory)
    for number in range(1, arguments.rounds + 1):
        _told(f"round {number} of {arguments.rounds}")
        _round(figures=figures, arguments=arguments, template=template, compared=compared, directory=directory)
    if compared is not None:
        figures.store_size = compared.rows
    return figures


def _round(
    *,
    figures: OrderFigures,
    arguments: argparse.Namespace,
    template: Home,
    compared: Compared | None,
    directory: Path,
) -> None:
    seconds, parts = arguments.seconds, arguments.parts
    if "half-rate" in parts:
        _told("half of the top rate")
        figures.half_rate.append(measure_half_rate(template=template, directory=directory, seconds=seconds))
    if "flash-sale" in parts:
        _told("a flash sale")
        figures.flash_sale.append(measure_flash_sale(template=template, directory=directory, seconds=seconds))
    if compared is not None:
        _told("few and many orders in the store")
        compared.measure(seconds=seconds)
    if "suppliers-down" in parts:
        _told("a tenth of the suppliers down")
        measure_bulkhead(
            results=figures.bulkhead, template=template, directory=directory, orders=arguments.backlog_orders
        )


def drawn(*, figures: OrderFigures) -> str:
    """Return the table as Markdown, each figure beside its goal."""
    machine = figures.machine
    facts = (
        f"Measured on {machine.cores} cores ({machine.processor}), Python {machine.python}, SQLite {machine.sqlite},"
        f" {machine.file_system}; medians of the rounds."
    )
    rows = [*_placing_rows(figures), *_store_rows(figures), *_supplier_rows(figures)]
    lines = [
        facts,
        "",
        "| what | measured | goal |",
        "|---|---:|---:|",
        *(f"| {what} | {told} | {goal} |" for what, told, goal in rows),
    ]
    return "\n".join(lines) + "\n"


def _placing_rows(figures: OrderFigures) -> Iterator[tuple[str, str, str]]:
    if figures.half_rate:
        asked = median(one.asked_per_second for one in figures.half_rate)
        p50 = median(one.p50_milliseconds for one in figures.half_rate)
        p99 = median(one.p99_milliseconds for one in figures.half_rate)
        yield (
            f"p99 of placing at half of the top rate ({asked:,.0f} orders/s; p50 {p50:.1f} ms)",
            f"{p99:.1f} ms",
            "50 ms",
        )
    if figures.flash_sale:
        hot = median(one.attempts_per_second for one in figures.flash_sale)
        scarce = median(one.scarce_attempts_per_second for one in figures.flash_sale)
        one = figures.flash_sale[0]
        yield "flash sale: orders of one single offer, all filled, stock exact", f"{hot:,.0f}/s", "500/s"
        told = f"flash sale: {one.scarce_attempts:,} at once for {one.scarce_units} units, {one.scarce_sold} sold"
        yield told, f"{scarce:,.0f}/s", "500/s"


def _store_rows(figures: OrderFigures) -> Iterator[tuple[str, str, str]]:
    if len(figures.store_size) != 2:
        return
    few, many = figures.store_size
    names = (("placing an order", "placing_p50"), ("a supplier's list of what waits for it", "listing_p50"))
    for what, name in names:
        small, large = median(getattr(few, name)), median(getattr(many, name))
        told = f"p50 of {what} with {many.orders:,} orders in the store ({many.gigabytes:.1f} GB) to {few.orders:,}"
        yield told, f"{large / small:.2f} ({large:.2f} to {small:.2f} ms)", "1.2"


def _supplier_rows(figures: OrderFigures) -> Iterator[tuple[str, str, str]]:
    for row in figures.bulkhead:
        shares = [down / up for down, up in zip(row.some_down, row.all_up, strict=True)]
        told = f"rate of the others while {row.down} of {row.suppliers} suppliers never answer, to all answering"
        rates = f"{median(row.some_down):,.0f} to {median(row.all_up):,.0f} purchase orders/s"
        yield told, f"{median(shares):.2f} ({rates})", "0.95"
    for one in figures.optimum:
        p50 = f"p50 {one.p50_milliseconds:.1f} ms"
        told = f"exact optimum of {LINES} lines of {CANDIDATES} candidates each, {one.kind} ({p50})"
        yield told, f"p99 {one.p99_milliseconds:.1f} ms", "20 ms"


def written_into(*, document: Path, figures: OrderFigures) -> None:
    """Replace what stands between the markers of the document; raises ValueError where they are missing."""
    text = document.read_text(encoding="utf-8")
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        message = f"{document.name} lacks the lines {BEGIN} and {END}"
        raise ValueError(message)
    document.write_text(f"{before}{BEGIN}\n\n{drawn(figures=figures)}\n{END}{after}", encoding="utf-8")


def _told(message: str) -> None:
    sys.stderr.write(f"{time.strftime('%H:%M:%S')} {message}\n")
    sys.stderr.flush()


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, tell the table; with ``--write`` put it into the document."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks orders", description=__doc__)
    parser.add_argument("parts", nargs="*", help=f"what to measure ({', '.join(PARTS)}; all without a name)")
    parser.add_argument("--seconds", type=float, default=10.0, help="how long each load runs (10)")
    parser.add_argument("--rounds", type=int, default=3, help="how many rounds (3)")
    parser.add_argument("--many", type=int, default=MANY, help=f"orders in the full store ({MANY:,})")
    parser.add_argument("--backlog-orders", type=int, default=6_000, help="orders that wait for suppliers (6,000)")
    parser.add_argument("--quick", action="store_true", help="small and short: does it run?")
    parser.add_argument("--write", action="store_true", help="put the table into docs/benchmarks.md")
    parser.add_argument("--directory", type=Path, help="where temporary homes are made; its disk is what is measured")
    given = parser.parse_args(arguments)
    unknown = [name for name in given.parts if name not in PARTS]
    if unknown:
        parser.error(f"say one or more of {', '.join(PARTS)}, not {', '.join(unknown)}")
    given.parts = given.parts or list(PARTS)
    if given.quick:
        given.seconds, given.rounds, given.many, given.backlog_orders = 1.0, 1, _QUICK_MANY, 300
    with tempfile.TemporaryDirectory(prefix="openaisle-orders-", dir=given.directory) as place:
        figures = measured(arguments=given, directory=Path(place))
    sys.stdout.write(drawn(figures=figures))
    if given.write:
        written_into(document=DOCUMENT, figures=figures)
