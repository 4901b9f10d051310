"""The tutorial works as it stands: its commands are run, and answer what it says they answer."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import sys
from asyncio.subprocess import PIPE, STDOUT
from pathlib import Path

import pytest

from tests.journeys.marketplace import running_marketplace

TUTORIALS = Path(__file__).parents[2] / "docs" / "tutorial"
_COMMANDS = re.compile(r"```bash\n(.*?)```(?:\s*(?:[^`]*?\n)?```text\n(.*?)```)?", re.DOTALL)


@pytest.mark.skipif(shutil.which("curl") is None, reason="the tutorial calls curl, which is not here")
@pytest.mark.parametrize("name", ["first-marketplace", "four-companies"])
async def test_the_tutorial_tells_what_happens(tmp_path: Path, name: str) -> None:
    found = _COMMANDS.findall((TUTORIALS / f"{name}.md").read_text(encoding="utf-8"))
    script = "set -e\n" + "".join(commands for commands, _ in found)
    script = script.replace("source .venv/bin/activate\n", "")
    home = tmp_path / "home"
    async with running_marketplace(home=home) as marketplace:
        script = script.replace("http://127.0.0.1:8080", marketplace.address)
        environment = {
            **os.environ,
            "OPENAISLE_HOME": str(home),
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        }
        process = await asyncio.create_subprocess_exec(
            "bash", "-c", script, env=environment, stdout=PIPE, stderr=STDOUT, cwd=tmp_path
        )
        told, _ = await process.communicate()
    wanted = "".join(output for _, output in found)
    assert told.decode() == wanted
