"""Watching an inbox: whole files are handed on, and none holds up another."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from openaisle.adapters.local.inbox import FolderInbox
from openaisle.kernel.inbox_watch import InboxWatch
from tests.factories.contexts import NOON


class FakeClock:
    """Tells the moment that a test sets."""

    def __init__(self):
        self.moment = NOON

    def now(self):
        return self.moment


async def test_a_file_that_cannot_be_taken_in_holds_up_no_other_and_is_met_again(tmp_path: Path):
    for folder in ("sup_a", "sup_b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "file.csv").write_text("a\n1\n")
    clock = FakeClock()
    watch = InboxWatch(
        inbox=FolderInbox(folder=tmp_path),
        checkpoints=None,
        clock=clock,
        consumer="test",
        holder="here",
        still=timedelta(seconds=2),
    )
    met = []

    async def take(file, at):
        met.append(file.folder)
        if file.folder == "sup_a":
            raise RuntimeError("the disk is full")
        return file.folder

    assert await watch.look(take=take) == []
    assert met == []
    clock.moment += timedelta(seconds=2)
    assert await watch.look(take=take) == ["sup_b"]
    assert await watch.look(take=take) == ["sup_b"]
    assert sorted(met) == ["sup_a", "sup_a", "sup_b", "sup_b"]
