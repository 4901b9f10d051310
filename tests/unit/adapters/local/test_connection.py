"""Connections are durable, private, and wait for each other."""

from __future__ import annotations

import stat
import threading
from pathlib import Path

import apsw
import pytest

from openaisle.adapters.local.connection import open_connection


def test_a_connection_is_durable_unless_it_is_told_otherwise(tmp_path: Path) -> None:
    durable = open_connection(path=tmp_path / "a.db")
    assert (durable.pragma("journal_mode"), durable.pragma("synchronous")) == ("wal", 2)
    assert open_connection(path=tmp_path / "a.db", durable=False).pragma("synchronous") == 1


def test_the_file_and_its_companions_are_their_owners_alone(tmp_path: Path) -> None:
    connection = open_connection(path=tmp_path / "a.db")
    connection.execute("CREATE TABLE things (name)")
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert modes == {"a.db": 0o600, "a.db-wal": 0o600, "a.db-shm": 0o600}


def test_a_read_only_connection_does_not_write(tmp_path: Path) -> None:
    open_connection(path=tmp_path / "a.db").execute("CREATE TABLE things (name)")
    reader = open_connection(path=tmp_path / "a.db", read_only=True)
    assert reader.execute("SELECT count(*) FROM things").fetchall() == [(0,)]
    with pytest.raises(apsw.ReadOnlyError):
        reader.execute("INSERT INTO things VALUES ('bolt')")


def test_writers_wait_for_each_other_and_none_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    open_connection(path=path).execute("CREATE TABLE counter (total); INSERT INTO counter VALUES (0)")
    failures: list[Exception] = []

    def count_up() -> None:
        try:
            connection = open_connection(path=path, durable=False)
            for _ in range(100):
                connection.execute("BEGIN IMMEDIATE")
                connection.execute("UPDATE counter SET total = total + 1")
                connection.execute("COMMIT")
        except apsw.Error as error:
            failures.append(error)

    threads = [threading.Thread(target=count_up) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert open_connection(path=path).execute("SELECT total FROM counter").fetchall() == [(400,)]
