"""Workbenches loaded with the first that is opened: most API processes never open one, and the engine is large."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path

from openaisle.kernel.tabular import Workbench


class DeferredWorkbenches:
    """Makes DuckWorkbenches when they are needed; implements the Workbenches port."""

    def __init__(self, *, folder: Path, memory_mebibytes: int, disk_mebibytes: int) -> None:
        """Take the folder for scratch files and the most that one workbench may use of memory and disk."""
        self._folder = folder
        self._memory_mebibytes = memory_mebibytes
        self._disk_mebibytes = disk_mebibytes

    def open(self, *, files: Sequence[Path] = ()) -> AbstractContextManager[Workbench]:
        """Return a workbench that may read ``files`` and its own scratch folder, and nothing else of the machine."""
        from openaisle.adapters.tabular.workbench import DuckWorkbenches

        benches = DuckWorkbenches(
            folder=self._folder, memory_mebibytes=self._memory_mebibytes, disk_mebibytes=self._disk_mebibytes
        )
        return benches.open(files=files)
