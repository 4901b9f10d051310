from __future__ import annotations

import pytest

from openaisle.adapters.tabular.workbench import DuckWorkbenches


@pytest.fixture
def workbench(tmp_path):
    with DuckWorkbenches(folder=tmp_path, memory_mebibytes=500, disk_mebibytes=500).open() as opened:
        yield opened


@pytest.fixture(scope="session")
def lasting_workbench(tmp_path_factory):
    # Properties are tried hundreds of times; a new engine for each would take longer than the trials.
    folder = tmp_path_factory.mktemp("workbench")
    with DuckWorkbenches(folder=folder, memory_mebibytes=500, disk_mebibytes=500).open() as opened:
        yield opened
