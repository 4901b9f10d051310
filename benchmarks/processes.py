"""Processes under measurement: started, waited for, their use of the machine read from /proc, stopped."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

ROOT = Path(__file__).resolve().parents[1]
_TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
_PROC = Path("/proc")
_POLL_SECONDS = 0.005
_STOP_SECONDS_MAXIMUM = 20.0
_LOG_CHARACTERS = 3_000


class ProcessFailed(Exception):
    """A process ended, or did not become ready, or did not stop; the message holds the end of its log."""


class Usage(msgspec.Struct, frozen=True, kw_only=True):
    """What a process and its children have used so far; memory in mebibytes.

    Of memory that several processes share, each counts its part; the peak is the sum of each one's own peak.
    """

    cpu_seconds: float
    resident_mebibytes: float
    peak_mebibytes: float


class MeasuredProcess:
    """A process in a session of its own, with its log in a file."""

    def __init__(
        self, *, name: str, command: Sequence[str], log_directory: Path, environment: Mapping[str, str] | None = None
    ) -> None:
        """Start ``command`` (arguments for this Python) at once."""
        self.name = name
        self._log = log_directory / f"{name}.log"
        self.started_at = time.perf_counter()
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, *command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=clean_environment(given=environment or {}),
                cwd=log_directory,
                start_new_session=True,
            )

    def __enter__(self) -> Self:
        """Give the process to a with statement, which stops it at the end."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop the process."""
        self.stop()

    def wait_until_ready(self, *, port: int, path: str, seconds_maximum: float = 30.0) -> float:
        """Return the seconds from the start until a GET of ``path`` is answered 2xx; raises ProcessFailed."""
        while time.perf_counter() - self.started_at < seconds_maximum:
            if self._process.poll() is not None:
                message = f"{self.name} ended with {self._process.returncode}:\n{self.log_end()}"
                raise ProcessFailed(message)
            if _answers(port=port, path=path):
                return time.perf_counter() - self.started_at
            time.sleep(_POLL_SECONDS)
        message = f"{self.name} was not ready in {seconds_maximum} seconds:\n{self.log_end()}"
        raise ProcessFailed(message)

    def usage(self) -> Usage:
        """Return what the process and its living children have used."""
        family = _family(of=self._process.pid)
        return Usage(
            cpu_seconds=sum(_cpu_seconds(of=pid) for pid in family),
            resident_mebibytes=sum(_kibibytes(of=pid, file="smaps_rollup", field="Pss") for pid in family) / 1024,
            peak_mebibytes=sum(_kibibytes(of=pid, file="status", field="VmHWM") for pid in family) / 1024,
        )

    def main_thread_cpu_seconds(self) -> float:
        """Return what the first thread of the process itself has used; the rest waits for disk and locks."""
        pid = self._process.pid
        return _cpu_seconds_of(fields=_stat_fields(place=_PROC / str(pid) / "task" / str(pid)))

    def send_signal(self, *, number: signal.Signals) -> None:
        """Send the process a signal."""
        self._process.send_signal(number)

    def log_end(self) -> str:
        """Return the last characters of the log."""
        return self._log.read_text(encoding="utf-8", errors="replace")[-_LOG_CHARACTERS:]

    def stop(self) -> None:
        """Ask the process to stop and wait; end its session by force if it does not."""
        if self._process.poll() is not None:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(timeout=_STOP_SECONDS_MAXIMUM)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()


def clean_environment(*, given: Mapping[str, str]) -> dict[str, str]:
    """Return the environment without the caller's own settings of OpenAisle, which would change what is measured."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("OPENAISLE_")}
    return {**kept, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "examples")]), **given}


def free_port() -> int:
    """Return a TCP port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answers(*, port: int, path: str) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path)
        return 200 <= connection.getresponse().status < 300
    except OSError:
        return False
    finally:
        connection.close()


def _family(*, of: int) -> list[int]:
    parents: dict[int, int] = {}
    for entry in _PROC.iterdir():
        if entry.name.isdigit():
            fields = _stat_fields(place=entry)
            if fields:
                parents[int(entry.name)] = int(fields[1])
    family = [of]
    for member in family:
        family.extend(pid for pid, parent in parents.items() if parent == member)
    return family


def _stat_fields(*, place: Path) -> list[str]:
    """Return the fields after the command's name, which may itself hold spaces and parentheses."""
    try:
        return (place / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []


def _cpu_seconds(*, of: int) -> float:
    fields = _stat_fields(place=_PROC / str(of))
    # The children that have ended, the 16th and 17th field, are counted with their parent.
    return _cpu_seconds_of(fields=fields) + (sum(map(int, fields[13:15])) / _TICKS_PER_SECOND if fields else 0.0)


def _cpu_seconds_of(*, fields: list[str]) -> float:
    """Return utime and stime, the 14th and 15th field of proc(5)."""
    return sum(map(int, fields[11:13])) / _TICKS_PER_SECOND


def _kibibytes(*, of: int, file: str, field: str) -> int:
    try:
        told = (_PROC / str(of) / file).read_text(encoding="utf-8")
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return 0
    return next((int(line.split()[1]) for line in told.splitlines() if line.startswith(f"{field}:")), 0)
