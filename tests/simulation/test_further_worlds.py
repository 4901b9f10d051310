"""The other half of the worlds; see test_first_worlds."""

from __future__ import annotations

import pytest

from tests.simulation.running import told_of


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_every_invariant_holds_in_further_worlds() -> None:
    told_of("--first", "800", "--seeds", "800", "--processes", "1")
