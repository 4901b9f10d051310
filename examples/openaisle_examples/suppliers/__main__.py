"""Simulated suppliers in a process of their own: ``python -m openaisle_examples.suppliers --config suppliers.json``.

The configuration is a JSON object with ``marketplace_url`` and ``suppliers``, a list of what SupplierSetup states.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import signal
import sys
from pathlib import Path

import msgspec
import uvloop

from openaisle_examples.suppliers.character import SupplierSetup
from openaisle_examples.suppliers.server import SimulatedSuppliers


class Configuration(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the marketplace is, and who is played."""

    marketplace_url: str
    suppliers: list[SupplierSetup] = []


async def play(
    *, configuration: Configuration, host: str, port: int, journal: Path | None, watches_input: bool
) -> None:
    """Play until told to stop, by a signal or, where asked for, by the end of standard input."""
    stopped = asyncio.Event()
    if watches_input:
        asyncio.get_running_loop().add_reader(sys.stdin.fileno(), _stop_at_end_of_input, stopped)
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    suppliers = SimulatedSuppliers(
        marketplace_url=configuration.marketplace_url,
        setups=configuration.suppliers,
        host=host,
        port=port,
        journal=journal,
    )
    async with suppliers:
        played = len(configuration.suppliers)
        print(f"{played} simulated suppliers at {suppliers.base_url}", file=sys.stderr, flush=True)
        await stopped.wait()


def _stop_at_end_of_input(stopped: asyncio.Event) -> None:
    if not os.read(sys.stdin.fileno(), 1):
        asyncio.get_running_loop().remove_reader(sys.stdin.fileno())
        stopped.set()


def main() -> None:
    """Read the command line and play."""
    parser = argparse.ArgumentParser(prog="python -m openaisle_examples.suppliers", description="Simulated suppliers.")
    parser.add_argument("--config", type=Path, required=True, help="who is played, a JSON file")
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on")
    parser.add_argument("--port", type=int, default=8090, help="the port to listen on, 0 for a free one")
    parser.add_argument("--journal", type=Path, help="a file in which the books survive the process")
    parser.add_argument("--until-input-ends", action="store_true", help="stop also when standard input ends")
    given = parser.parse_args()
    configuration = msgspec.json.decode(given.config.read_bytes(), type=Configuration)
    with contextlib.suppress(KeyboardInterrupt):
        uvloop.run(
            play(
                configuration=configuration,
                host=given.host,
                port=given.port,
                journal=given.journal,
                watches_input=given.until_input_ends,
            )
        )


if __name__ == "__main__":
    main()
