"""Pictures measured by Pillow: the adapter of the kernel's PictureMeasurer."""

from __future__ import annotations

import asyncio

from openaisle.kernel.pictures import PictureFacts


class PillowPictureMeasurer:
    """Measures JPEG, PNG and WEBP; at most one picture at a time, so that memory is bounded."""

    def __init__(self) -> None:
        """Take nothing; Pillow is loaded with the first picture, so that processes that see none are spared it."""
        self._turn = asyncio.Lock()

    async def measured(self, *, content: bytes) -> PictureFacts:
        """Return what a picture is like; raises PictureRefused, PictureTooLarge."""
        from openaisle.adapters.picture_measuring import measure

        async with self._turn:
            return await asyncio.to_thread(measure, content=content)
