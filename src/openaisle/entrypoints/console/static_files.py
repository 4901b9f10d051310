"""The console's own style sheet, script and mark, served from memory."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response

from openaisle.entrypoints.console.door import PageUnknown
from openaisle.entrypoints.console.rendering import STATIC_FOLDER

_MEDIA_TYPES = {
    "console.css": "text/css; charset=utf-8",
    "console.js": "text/javascript; charset=utf-8",
    "feeds.js": "text/javascript; charset=utf-8",
    "mark.svg": "image/svg+xml",
}


class StaticFiles:
    """Serves the files that are named here and no others, so that no path leads out of the folder."""

    def __init__(self) -> None:
        """Read the files, once."""
        self._contents: Mapping[str, bytes] = {name: (STATIC_FOLDER / name).read_bytes() for name in _MEDIA_TYPES}

    async def serve(self, request: Request) -> Response:
        """Answer with one file; its address holds a digest of it, so it may be kept for ever."""
        name = str(request.path_params["name"])
        content = self._contents.get(name)
        if content is None:
            raise PageUnknown(detail=f"There is no file {name[:60]}.")
        headers = {"Cache-Control": "public, max-age=31536000, immutable"}
        return Response(content, media_type=_MEDIA_TYPES[name], headers=headers)
