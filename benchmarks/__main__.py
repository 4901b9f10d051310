"""``python -m benchmarks``: measure this checkout beside the bare limits of this machine."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from benchmarks import screening
from benchmarks.document import drawn, written_into
from benchmarks.end_to_end import measure_end_to_end
from benchmarks.feeds import measuring as feeds
from benchmarks.home import Home
from benchmarks.limits import measure_http_limits, measure_store_limits
from benchmarks.measurements import (
    measure_footprint,
    measure_oversell,
    measure_placing,
    measure_reading,
    order_source,
)
from benchmarks.orders import measuring as orders
from benchmarks.preparation import Sizes, prepare, sampled_order
from benchmarks.processes import ROOT
from benchmarks.profiling import WORKLOADS, profile_workload
from benchmarks.results import Results, this_machine
from benchmarks.verification import APPLICATIONS, QUICK_APPLICATIONS, measure_verification, told_figures

CONNECTIONS = (1, 8, 32)
MEASUREMENTS = ("limits", "placing", "reading", "end-to-end", "oversell", "footprint")
DOCUMENT = ROOT / "docs" / "benchmarks.md"
_LOAD_OF_AN_IDLE_MACHINE = 0.5
_QUICK_SECONDS, _QUICK_ROUNDS = 2.0, 1
_QUICK_SIZES = Sizes(suppliers=10, products=100)


def parsed_arguments() -> argparse.Namespace:
    """Return the arguments of the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "names",
        nargs="*",
        help=(
            f"what to measure ({', '.join(MEASUREMENTS)}; all without a name), or: profile {'|'.join(WORKLOADS)}, "
            "or: orders, feeds or screening, which have their own options, or: verification"
        ),
    )
    parser.add_argument("--seconds", type=float, default=10.0, help="how long each load runs (10)")
    parser.add_argument("--rounds", type=int, default=3, help="how many interleaved rounds (3)")
    parser.add_argument("--connections", type=int, default=32, help="clients of a profile (32)")
    parser.add_argument("--tracing", action="store_true", help="profile with cProfile instead of sampling")
    parser.add_argument("--quick", action="store_true", help="a small home, one round of two seconds: does it run?")
    parser.add_argument("--json", type=Path, help="also write everything measured into this file")
    parser.add_argument("--write", action="store_true", help="put the tables into docs/benchmarks.md")
    parser.add_argument("--directory", type=Path, help="where temporary homes are made; its disk is what is measured")
    arguments = parser.parse_args()
    arguments.verification = arguments.names == ["verification"]
    if arguments.verification:
        return arguments
    arguments.profiled = arguments.names[0] == "profile" if arguments.names else False
    known = WORKLOADS if arguments.profiled else MEASUREMENTS
    asked = arguments.names[1:] if arguments.profiled else arguments.names
    unknown = [name for name in asked if name not in known]
    if unknown or (arguments.profiled and not asked):
        parser.error(f"say one or more of {', '.join(known)}, not {', '.join(unknown) or 'nothing'}")
    arguments.names = asked or list(MEASUREMENTS)
    if arguments.quick:
        arguments.seconds, arguments.rounds = _QUICK_SECONDS, _QUICK_ROUNDS
    return arguments


def told(message: str) -> None:
    """Tell the person who waits what is going on."""
    sys.stderr.write(f"{time.strftime('%H:%M:%S')} {message}\n")
    sys.stderr.flush()


def measured(*, arguments: argparse.Namespace, template: Home, directory: Path) -> Results:
    """Measure everything asked for, round by round, so that a slow minute of the machine hits all alike."""
    results = Results(machine=this_machine(directory=directory), seconds=arguments.seconds, rounds=arguments.rounds)
    seconds = arguments.seconds
    sample = sampled_order(template=template, directory=directory)

    def limits() -> None:
        measure_store_limits(
            results=results, template=template, shape=sample.shape, directory=directory, seconds=seconds
        )
        measure_http_limits(
            results=results,
            source=order_source(prepared=template.prepared()),
            answer_bytes=sample.answer_bytes,
            connections=CONNECTIONS,
            directory=directory,
            seconds=seconds,
        )

    def placing() -> None:
        measure_placing(
            results=results, template=template, connections=CONNECTIONS, directory=directory, seconds=seconds
        )

    def reading() -> None:
        measure_reading(
            results=results, template=template, connections=CONNECTIONS, directory=directory, seconds=seconds
        )

    def end_to_end() -> None:
        measure_end_to_end(results=results, template=template, directory=directory, seconds=seconds)

    takes: dict[str, Callable[[], None]] = {
        "limits": limits,
        "placing": placing,
        "reading": reading,
        "end-to-end": end_to_end,
        "oversell": lambda: measure_oversell(results=results, template=template, directory=directory),
        "footprint": lambda: measure_footprint(results=results, template=template, directory=directory),
    }
    for number in range(1, arguments.rounds + 1):
        for name in arguments.names:
            told(f"round {number} of {arguments.rounds}: {name}")
            takes[name]()
    return results


def main() -> None:
    """Prepare a home, measure or profile, tell the figures; exits with 1 if stock was oversold."""
    # These have options of their own; screening needs no marketplace but lists.
    own = {"feeds": feeds.main, "orders": orders.main, "screening": screening.main}
    if sys.argv[1:] and sys.argv[1] in own:
        own[sys.argv[1]](sys.argv[2:])
        return
    arguments = parsed_arguments()
    load = os.getloadavg()[0]
    if load > _LOAD_OF_AN_IDLE_MACHINE:
        told(f"the machine is busy (load average {load:.1f}): figures taken now mean little")
    if arguments.verification:
        applications = QUICK_APPLICATIONS if arguments.quick else APPLICATIONS
        told(f"verifying {applications:,} applications")
        figures = measure_verification(applications=applications, directory=arguments.directory)
        sys.stdout.write(told_figures(figures=figures))
        return
    with tempfile.TemporaryDirectory(prefix="openaisle-benchmark-", dir=arguments.directory) as place:
        directory = Path(place)
        sizes = _QUICK_SIZES if arguments.quick else Sizes()
        told(f"preparing a home with {sizes.suppliers} suppliers and {sizes.products} products")
        template = prepare(directory=directory, sizes=sizes)
        if arguments.profiled:
            for workload in arguments.names:
                report = profile_workload(
                    workload=workload,
                    template=template,
                    directory=directory,
                    connections=arguments.connections,
                    seconds=arguments.seconds,
                    tracing=arguments.tracing,
                )
                sys.stdout.write(f"{report}\n")
            return
        results = measured(arguments=arguments, template=template, directory=directory)
    sys.stdout.write(drawn(results=results))
    if arguments.json is not None:
        arguments.json.write_bytes(msgspec.json.format(msgspec.json.encode(results)))
    if arguments.write:
        written_into(document=DOCUMENT, results=results)
    if not all(one.passed for one in results.oversell):
        sys.exit(1)


if __name__ == "__main__":
    main()
