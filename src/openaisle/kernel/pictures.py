"""The port of measuring pictures that strangers uploaded, and the names of what is refused unseen."""

from __future__ import annotations

from typing import Protocol

import msgspec

from openaisle.kernel.errors import RequestInvalid


class PictureRefused(RequestInvalid):
    """A file that is no picture of a kind that is measured: another format, broken, or one that carries scripts."""

    code = "picture-refused"
    title = "That file is no picture that can be measured"
    mend = "Upload a JPEG, PNG or WEBP file that other programs open."


class PictureTooLarge(PictureRefused):
    """A picture with more pixels or bytes than are ever unpacked, such as a decompression bomb."""

    code = "picture-too-large"
    title = "The picture is too large"
    mend = "Make it smaller; detail names the limit."


class PictureFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What was measured.

    ``white_border`` is the share of the border's pixels that are nearly white, ``sharpness`` the variance of the
    Laplacian of the brightness, at most a thousand pixels wide.
    """

    format: str
    width: int
    height: int
    white_border: float
    sharpness: float

    @property
    def shorter_side(self) -> int:
        """The shorter side in pixels."""
        return min(self.width, self.height)

    @property
    def aspect(self) -> float:
        """The longer side over the shorter one."""
        return max(self.width, self.height) / max(1, self.shorter_side)


class PictureMeasurer(Protocol):
    """Measures pictures without trusting them."""

    async def measured(self, *, content: bytes) -> PictureFacts:
        """Return what a picture is like; raises PictureRefused, PictureTooLarge."""
        ...
