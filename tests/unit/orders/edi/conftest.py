from __future__ import annotations

from pathlib import Path

import pytest

from openaisle.adapters.local.store import LocalTable
from tests.factories.x12 import EdiStage


@pytest.fixture
def stage(table: LocalTable, tmp_path: Path) -> EdiStage:
    return EdiStage(table=table, folder=tmp_path / "blobs")
