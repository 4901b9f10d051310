"""A marketplace of its own in a temporary home: its processes, its keys, and what its store holds."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import msgspec

from benchmarks.load_plan import OfferChoice
from benchmarks.processes import MeasuredProcess, ProcessFailed, clean_environment
from openaisle.adapters.local.connection import open_connection

READY_PATH = "/health/ready"
PROFILED_NAME = "profiled"
_COMMAND_LINE = "openaisle.entrypoints.cli"
_FACTS_FILE = "prepared.json"
# Enough for the thousand orders at once of the oversell check; the default asks callers beyond 1,000 to wait.
_REQUESTS_AT_ONCE = 2_000


class Prepared(msgspec.Struct, frozen=True, kw_only=True):
    """What is in a prepared home: keys, and the offers that orders may name.

    ``scarce`` is an offer of which there are just ``scarce_units``.
    """

    operator_key: str
    storefront_key: str
    currency: str
    supplier_keys: dict[str, str]
    product_ids: list[str]
    offers: list[OfferChoice]
    scarce: OfferChoice
    scarce_units: int


class StoredOrders(msgspec.Struct, frozen=True, kw_only=True):
    """What the store says of orders, counted in its file."""

    orders: int
    purchase_orders: int
    reserved_units: int


class Home:
    """A home directory and the processes that can be started on it."""

    def __init__(self, *, directory: Path) -> None:
        """Take the directory, which is made if need be."""
        directory.mkdir(parents=True, exist_ok=True)
        self.directory = directory
        self.logs = directory.parent / f"{directory.name}-logs"
        self.logs.mkdir(exist_ok=True)

    @property
    def store_file(self) -> Path:
        """The file of the store."""
        return self.directory / "openaisle.db"

    @property
    def environment(self) -> dict[str, str]:
        """The settings of every process on this home: durable, quiet, and allowed to call simulated suppliers here."""
        return {
            "OPENAISLE_HOME": str(self.directory),
            "OPENAISLE_DURABLE": "true",
            "OPENAISLE_LOG_LEVEL": "warning",
            "OPENAISLE_MAXIMUM_REQUESTS_AT_ONCE": str(_REQUESTS_AT_ONCE),
            "OPENAISLE_ALLOWED_PRIVATE_HOSTS": "127.0.0.1",
            "OPENAISLE_OUTBOUND_PLAIN_HTTP_ALLOWED": "true",
        }

    def start_api(self, *, port: int) -> MeasuredProcess:
        """Start ``openaisle serve --no-worker``."""
        command = ["-m", _COMMAND_LINE, "serve", "--no-worker", "--host", "127.0.0.1", "--port", str(port)]
        return MeasuredProcess(name="api", command=command, log_directory=self.logs, environment=self.environment)

    def start_worker(self) -> MeasuredProcess:
        """Start ``openaisle worker``."""
        command = ["-m", _COMMAND_LINE, "worker"]
        return MeasuredProcess(name="worker", command=command, log_directory=self.logs, environment=self.environment)

    def start_profiled(self, *, way: str, output: Path, process: str) -> MeasuredProcess:
        """Start an API process (``process`` is its port) or a ``worker`` under a profiler; see benchmarks.sampling."""
        command = ["-m", "benchmarks.sampling", way, str(output), process]
        return MeasuredProcess(
            name=PROFILED_NAME, command=command, log_directory=self.logs, environment=self.environment
        )

    def issue_key(self, *, role: str, subject: str) -> str:
        """Issue an API key on the command line and return its text."""
        command = [sys.executable, "-m", _COMMAND_LINE, "keys", "issue", "--role", role, "--subject", subject, "--json"]
        told = subprocess.run(
            command, env=clean_environment(given=self.environment), cwd=self.logs, capture_output=True, check=False
        )
        if told.returncode != 0:
            message = f"no key was issued:\n{told.stderr.decode(errors='replace')}"
            raise ProcessFailed(message)
        return str(msgspec.json.decode(told.stdout)["api_key"])

    def copied(self, *, to: Path) -> Home:
        """Return a copy of this home, on which nothing runs, in the directory ``to``."""
        shutil.rmtree(to, ignore_errors=True)
        shutil.copytree(self.directory, to)
        return Home(directory=to)

    def remember(self, *, prepared: Prepared) -> None:
        """Keep what was prepared in the home itself."""
        (self.directory / _FACTS_FILE).write_bytes(msgspec.json.encode(prepared))

    def prepared(self) -> Prepared:
        """Return what was prepared."""
        return msgspec.json.decode((self.directory / _FACTS_FILE).read_bytes(), type=Prepared)

    def stored_orders(self) -> StoredOrders:
        """Count orders, purchase orders and reserved units in the store's file, past all of the product's code."""
        connection = open_connection(path=self.store_file, read_only=True)
        try:
            kinds: dict[object, object] = dict(
                connection.execute(
                    "SELECT kind, count(*) FROM items WHERE kind IN ('order', 'purchase_order') GROUP BY kind"
                )
            )
            reserved = connection.execute(
                "SELECT coalesce(sum(CAST(body AS TEXT) ->> 'reserved'), 0) FROM items WHERE kind = 'stock_level'"
            ).fetchone()
        finally:
            connection.close()
        return StoredOrders(
            orders=int(str(kinds.get("order", 0))),
            purchase_orders=int(str(kinds.get("purchase_order", 0))),
            reserved_units=int(str(reserved[0])) if reserved else 0,
        )
