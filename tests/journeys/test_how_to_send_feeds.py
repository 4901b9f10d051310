"""The how-to of feeds works as it stands: its commands are run, and answer what it says they answer."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from asyncio.subprocess import PIPE, STDOUT
from pathlib import Path

import pytest

from tests.journeys.marketplace import running_marketplace
from tests.journeys.test_tutorial import _COMMANDS

ROOT = Path(__file__).parents[2]


@pytest.mark.skipif(shutil.which("curl") is None, reason="the how-to calls curl, which is not here")
async def test_a_newcomers_messy_workbook_becomes_products_as_the_how_to_tells(tmp_path: Path) -> None:
    found = _COMMANDS.findall((ROOT / "docs/how-to/send-feeds.md").read_text(encoding="utf-8"))
    script = "set -e\n" + "".join(commands for commands, _ in found)
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    async with running_marketplace(home=tmp_path / "home") as marketplace:
        script = script.replace("http://127.0.0.1:8080", marketplace.address)
        environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
        process = await asyncio.create_subprocess_exec(
            "bash", "-c", script, env=environment, stdout=PIPE, stderr=STDOUT, cwd=tmp_path
        )
        told, _ = await asyncio.wait_for(process.communicate(), 90)
    assert told.decode() == "".join(output for _, output in found)
