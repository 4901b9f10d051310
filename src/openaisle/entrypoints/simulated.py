"""Simulated suppliers beside a marketplace: their settings file and the process that plays them."""

from __future__ import annotations

import os
import socket
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from openaisle.entrypoints.cli.children import Child

MODULE = "openaisle_examples.suppliers"


def free_port(*, host: str) -> int:
    """Return a TCP port that nobody listens on now."""
    with socket.create_server((host, 0)) as taken:
        return int(taken.getsockname()[1])


def address_of(*, host: str, port: int, handle: str) -> str:
    """Return where the simulated supplier's two APIs stand; ``/purchase-orders`` and ``/inventory`` follow."""
    return f"http://{host}:{port}/suppliers/{handle}"


def simulated_suppliers(
    *, directory: Path, marketplace: str, host: str, port: int, suppliers: Sequence[dict[str, Any]]
) -> Child:
    """Return the process that plays ``suppliers`` (see the examples' SupplierSetup), its files in ``directory``.

    The settings file holds keys and secrets, so only its owner may read it.
    """
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    configuration = directory / "simulated-suppliers.json"
    descriptor = os.open(configuration, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(msgspec.json.encode({"marketplace_url": marketplace, "suppliers": suppliers}))
    arguments = ("--config", str(configuration), "--host", host, "--port", str(port))
    journal = ("--journal", str(directory / "simulated-suppliers.journal"), "--until-input-ends")
    return Child(name="simulated-suppliers", module=MODULE, arguments=(*arguments, *journal))
