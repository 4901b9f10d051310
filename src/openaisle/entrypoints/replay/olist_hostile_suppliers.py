"""Who is hostile in a hostile replay: of twenty suppliers four reject, two say nothing, one flaps."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

PROMPT, REJECTING, SILENT, FLAPPING = "prompt", "rejecting", "silent", "flapping"

# 20 % reject, 10 % are silent, 5 % flap; well mixed, so that a part of a history meets all of them.
_OF_TWENTY = 20
_HOSTILE = {1: REJECTING, 4: SILENT, 7: REJECTING, 9: FLAPPING, 12: REJECTING, 15: SILENT, 17: REJECTING}

# As the simulated suppliers know them. Half of the time a flapping supplier is down.
_SETUPS: Mapping[str, Mapping[str, Any]] = {
    PROMPT: {"character": "prompt"},
    REJECTING: {"character": "choosy", "rejects_percent": 100},
    SILENT: {"character": "silent"},
    FLAPPING: {"character": "flapping", "down_seconds": 5.0, "down_every_seconds": 10.0},
}

# Whoever says nothing is given up soon, so that a replay ends within minutes. Nobody is asked for stock: what the
# store says in the end is to be what the feeds told less what was shipped.
CONNECTION: Mapping[str, Any] = {"timeout_seconds": 2, "acknowledge_within_seconds": 45}


def manners_of(*, handles: Iterable[str]) -> dict[str, str]:
    """Return how each supplier behaves, by handle; it follows from its place in the history."""
    return {handle: _HOSTILE.get(position % _OF_TWENTY, PROMPT) for position, handle in enumerate(handles)}


def setup_of(*, manner: str) -> Mapping[str, Any]:
    """Return what the simulated supplier of a manner is told."""
    return _SETUPS[manner]
