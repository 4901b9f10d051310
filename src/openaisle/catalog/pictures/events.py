"""What happens to pictures of products."""

from __future__ import annotations

from typing import ClassVar

from openaisle.kernel.records import Event


class PictureChecked(Event, frozen=True, kw_only=True):
    """A picture's address was looked at and stands otherwise than before; ``code`` is its issue, if it has one."""

    TYPE: ClassVar[str] = "picture.checked"

    picture_id: str
    state: str
    code: str | None = None
