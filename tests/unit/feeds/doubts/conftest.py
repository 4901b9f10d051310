from __future__ import annotations

from tests.unit.feeds.applying.conftest import marketplace, queries, suppliers, table

__all__ = ["marketplace", "queries", "suppliers", "table"]
