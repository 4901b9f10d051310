"""The command line, as it is called: a process of its own, its output and its exit code."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pytest

from openaisle.adapters.local.clock import SystemClock
from openaisle.adapters.local.store import LocalTable
from tests.support.waiting import DEADLINE_SECONDS, eventually


def environment(home: Path, **settings: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("OPENAISLE_")}
    return {
        **kept,
        "OPENAISLE_HOME": str(home),
        **{f"OPENAISLE_{name.upper()}": text for name, text in settings.items()},
    }


async def started(*arguments: str, home: Path, **settings: str) -> Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "openaisle.entrypoints.cli",
        *arguments,
        env=environment(home, **settings),
        cwd=home.parent,
        stdout=PIPE,
        stderr=PIPE,
    )


async def run(*arguments: str, home: Path, **settings: str) -> tuple[int, str, str]:
    process = await started(*arguments, home=home, **settings)
    out, err = await asyncio.wait_for(process.communicate(), DEADLINE_SECONDS)
    return process.returncode or 0, out.decode(), err.decode()


async def test_consumers_are_listed_and_one_that_is_gone_is_forgotten(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    store = LocalTable(path=home / "openaisle.db", clock=SystemClock())
    now = SystemClock().now()
    for name, seconds in (("gone", -60.0), ("running", 600.0)):
        lease = await store.acquire(consumer=name, holder="elsewhere:1", now=now, seconds=seconds)
        assert lease is not None
        await store.save(lease=lease, position=0)
    await store.close()

    _, out, _ = await run("stream", "consumers", "--json", home=home)
    listed = {one["consumer"]: one["is_running"] for one in msgspec.json.decode(out)["consumers"]}
    assert listed == {"gone": False, "running": True}
    status, _, err = await run("stream", "forget", "running", home=home)
    assert status == 4
    assert "The consumer is running" in err
    assert (await run("stream", "forget", "gone", home=home))[0] == 0
    _, out, _ = await run("stream", "consumers", home=home)
    assert "gone" not in out
    assert (await run("stream", "forget", "gone", home=home))[0] == 4


async def test_keys_are_issued_listed_and_revoked_for_machines(tmp_path: Path) -> None:
    home = tmp_path / "home"
    status, out, _ = await run("keys", "issue", "--role", "storefront", "--subject", "shop", "--json", home=home)
    issued = msgspec.json.decode(out)
    assert (status, issued["role"]) == (0, "storefront")
    assert issued["api_key"].startswith("oa_storefront_")
    _, out, _ = await run("keys", "list", "--json", home=home)
    (listed,) = msgspec.json.decode(out)["api_keys"]
    assert listed["key_id"] == issued["key_id"]
    assert issued["api_key"] not in out
    status, out, _ = await run("keys", "revoke", issued["key_id"], "--json", home=home)
    assert (status, msgspec.json.decode(out)["key_id"]) == (0, issued["key_id"])
    status, _, err = await run("keys", "revoke", issued["key_id"], home=home)
    assert status == 4
    assert "already revoked" in err
    assert "Traceback" not in err


async def test_a_wrong_setting_ends_with_its_name_and_code_3(tmp_path: Path) -> None:
    status, _, err = await run("keys", "list", home=tmp_path / "home", port="many")
    assert status == 3
    assert "port" in err
    assert "Traceback" not in err


async def test_a_command_that_is_not_understood_ends_with_code_2(tmp_path: Path) -> None:
    status, _, _ = await run("fly", home=tmp_path / "home")
    assert status == 2


async def test_the_doctor_speaks_json_and_fails_only_on_what_is_broken(tmp_path: Path) -> None:
    home = tmp_path / "home"
    status, out, _ = await run("doctor", "--json", home=home, port="0")
    assert (status, msgspec.json.decode(out)["healthy"]) == (0, True)
    await run("keys", "issue", home=home)
    (home / "field.key").unlink()
    status, out, _ = await run("doctor", "--json", home=home, port="0")
    assert (status, msgspec.json.decode(out)["healthy"]) == (1, False)


@asynccontextmanager
async def serving(*arguments: str, home: Path, **settings: str) -> AsyncIterator[tuple[Process, str]]:
    process = await started("serve", "--port", "0", *arguments, home=home, **settings)
    assert process.stdout is not None
    try:
        first = await asyncio.wait_for(process.stdout.readline(), DEADLINE_SECONDS)
        found = re.search(rb"http://\S+", first)
        assert found is not None, first
        yield process, found[0].decode().rstrip("/")
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def ready(session: aiohttp.ClientSession, address: str) -> dict[str, Any]:
    async def ask() -> dict[str, Any] | None:
        try:
            async with session.get(f"{address}/health/ready") as answered:
                return await answered.json() if answered.status == 200 else None
        except aiohttp.ClientError:
            return None

    return await eventually(ask, what=f"{address} is ready")


def living(children: Iterable[int]) -> list[int]:
    return [child for child in children if Path(f"/proc/{child}").exists()]


def children_of(process: Process) -> dict[str, int]:
    """Return the process ids of the supervisor's children by the module they run."""
    found = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdecimal():
            continue
        try:
            parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            command = (entry / "cmdline").read_text().split("\0")
        except OSError:
            continue
        if parent == process.pid and "-m" in command:
            found[command[command.index("-m") + 1]] = int(entry.name)
    return found


needs_proc = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc to find children")


@needs_proc
async def test_serve_starts_killed_processes_again_and_stops_all_of_them(tmp_path: Path) -> None:
    async with serving(home=tmp_path / "home") as (process, address), aiohttp.ClientSession() as session:
        assert await ready(session, address) == {"state": "ready"}
        before = children_of(process)
        assert set(before) == {"openaisle.entrypoints.http.process", "openaisle.entrypoints.worker"}
        for child in before.values():
            os.kill(child, signal.SIGKILL)

        async def replaced() -> dict[str, int] | None:
            found = children_of(process)
            return found if len(found) == 2 and not set(found.values()) & set(before.values()) else None

        after = await eventually(replaced, what="both children are started again")
        assert await ready(session, address) == {"state": "ready"}
        process.terminate()
        assert await asyncio.wait_for(process.wait(), DEADLINE_SECONDS) == 0
    assert not living(after.values())


@needs_proc
async def test_children_end_when_their_supervisor_is_killed(tmp_path: Path) -> None:
    async with serving(home=tmp_path / "home") as (process, address), aiohttp.ClientSession() as session:
        await ready(session, address)
        children = children_of(process)
        process.kill()
        await process.wait()

        async def gone() -> bool:
            return not living(children.values())

        await eventually(gone, what="the children end")


@needs_proc
async def test_several_processes_answer_on_one_port_without_a_worker_if_asked(tmp_path: Path) -> None:
    async with (
        serving("--processes", "2", "--no-worker", home=tmp_path / "home") as (process, address),
        aiohttp.ClientSession() as session,
    ):
        await ready(session, address)
        assert set(children_of(process)) == {"openaisle.entrypoints.http.process"}


async def test_a_taken_port_is_told_and_ends_with_code_4(tmp_path: Path) -> None:
    async with serving("--no-worker", home=tmp_path / "home") as (_, address):
        port = address.rpartition(":")[2]
        status, _, err = await run("serve", "--port", port, home=tmp_path / "other")
    assert status == 4
    assert port in err


async def test_the_first_administrator_is_invited_and_a_lost_password_is_set_anew(tmp_path: Path) -> None:
    home = tmp_path / "home"
    status, out, _ = await run("users", "invite", "--email", "Ana@marketplace.example", "--json", home=home)
    assert status == 0
    invited = msgspec.json.decode(out)
    assert invited["email"] == "ana@marketplace.example"
    assert "/console/password?token=" in invited["link"]

    status, out, _ = await run("users", "reset", "--email", "ana@marketplace.example", home=home)
    assert status == 0
    assert "/console/password?token=" in out

    status, _, err = await run("users", "reset", "--email", "nobody@marketplace.example", home=home)
    assert status == 4
    assert "No such user" in err
    status, _, err = await run("users", "invite", "--email", "x@y.example", "--role", "owner", home=home)
    assert status == 4
    assert "do not have that role" in err


async def test_products_are_searched_and_the_index_is_begun_anew(tmp_path: Path) -> None:
    home = tmp_path / "home"
    code, out, _ = await run("search", "find", "mug", home=home)
    assert (code, "0 found." in out) == (0, True)
    code, out, _ = await run("search", "rebuild", "--json", home=home)
    assert (code, msgspec.json.decode(out)["is_filled"]) == (0, False)
