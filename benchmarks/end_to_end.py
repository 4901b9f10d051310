"""From placing to every purchase order received and acknowledged, with worker and suppliers beside the API."""

from __future__ import annotations

from pathlib import Path

from benchmarks.home import Home
from benchmarks.results import Results


def measure_end_to_end(*, results: Results, template: Home, directory: Path, seconds: float) -> None:
    """Take one round."""
    raise NotImplementedError
