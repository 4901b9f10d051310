"""How every local adapter opens the store: one set of settings, for durability and for many processes at once."""

from __future__ import annotations

import os
import random
import time
from pathlib import Path

import apsw

BUSY_SECONDS_MAXIMUM = 30.0
_PAUSE_SECONDS_MINIMUM = 0.0002
_PAUSE_SECONDS_MAXIMUM = 0.005
_CACHE_KIBIBYTES = 65_536
# 16 MB of log: rarer checkpoints would each hold up one commit for longer, more frequent ones cost throughput.
_PAGES_PER_CHECKPOINT = 4_000


def open_connection(*, path: Path, durable: bool = True, read_only: bool = False) -> apsw.Connection:
    """Open the store's file, making it if need be (readable by its owner alone).

    A ``durable`` connection answers a commit only once the write-ahead log is flushed to the disk; without it
    a power cut may take the last commits, though never the file's soundness. Writers wait for each other up to
    30 seconds, then apsw.BusyError is raised. A ``read_only`` connection needs a file that exists already.
    """
    if read_only:
        connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
    else:
        # SQLite gives its log and shared-memory files the mode of the main file, so this one call guards all three.
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE)
    connection.set_busy_handler(Patience())
    if not read_only:
        connection.pragma("journal_mode", "WAL")
        connection.pragma("synchronous", "FULL" if durable else "NORMAL")
        connection.pragma("wal_autocheckpoint", _PAGES_PER_CHECKPOINT)
    connection.pragma("cache_size", -_CACHE_KIBIBYTES)
    connection.pragma("temp_store", "MEMORY")
    return connection


class Patience:
    """Waits for another process's lock.

    SQLite's own handler sleeps up to 100 ms between tries, which lets a busy neighbor overtake for seconds; short
    random pauses share the lock fairly.
    """

    def __init__(self) -> None:
        self._gives_up_at = 0.0

    def __call__(self, tries: int) -> bool:
        """Pause and return True, or False once the patience is over; ``tries`` counts from 0."""
        present = time.monotonic()
        if tries == 0:
            self._gives_up_at = present + BUSY_SECONDS_MAXIMUM
        if present >= self._gives_up_at:
            return False
        longest = min(_PAUSE_SECONDS_MAXIMUM, _PAUSE_SECONDS_MINIMUM * (tries + 1))
        time.sleep(random.uniform(_PAUSE_SECONDS_MINIMUM, longest))  # noqa: S311 - chance here guards nothing
        return True
