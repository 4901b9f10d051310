"""Whatever befalls processes, networks, suppliers and clocks: the invariants hold in every world.

Two files of worlds, so that two processes of the tests live through them at the same time.
"""

from __future__ import annotations

import pytest

from tests.simulation.running import told_of


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_every_invariant_holds_in_the_first_worlds() -> None:
    told_of("--first", "0", "--seeds", "800", "--processes", "1")


def test_the_same_seed_gives_the_same_world() -> None:
    assert told_of("--seed", "11") == told_of("--seed", "11")
