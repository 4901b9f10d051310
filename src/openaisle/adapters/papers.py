"""Papers as PDF by ReportLab: the adapter of the kernel's PaperPress."""

from __future__ import annotations

import asyncio
from pathlib import Path

from openaisle.kernel.papers import Paper


class ReportLabPress:
    """Makes PDF files, one at a time; the same paper gives the same bytes."""

    def __init__(self, *, font_file: Path | None = None) -> None:
        """Take a TrueType font for what is not written in Latin letters; None takes the font that PDF has built in.

        ReportLab is loaded with the first paper, so that processes that make none are spared it.
        """
        self._font_file = font_file
        self._turn = asyncio.Lock()

    async def pdf(self, *, paper: Paper) -> bytes:
        """Return the paper as PDF; raises PaperTooLong or FontUnusable."""
        from openaisle.adapters.paper_layout import pdf_of

        async with self._turn:
            return await asyncio.to_thread(pdf_of, paper=paper, font_file=self._font_file)
