"""Reading whole lists of the API, page by page."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from openaisle.kernel.marketplace_api import MarketplaceApi


async def every(*, api: MarketplaceApi, path: str, name: str) -> AsyncIterator[dict[str, Any]]:
    """Yield each record of the list at ``path``, which the answers hold under ``name``.

    A page may be short, even empty, and still not be the last.
    """
    after = ""
    joint = "&" if "?" in path else "?"
    while True:
        page = await api.get(path=f"{path}{after}")
        for record in page[name]:
            yield record
        if page["next_after"] is None:
            return
        after = f"{joint}after={page['next_after']}"
