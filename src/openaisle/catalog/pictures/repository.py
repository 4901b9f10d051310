"""Where pictures' addresses stand in the table."""

from __future__ import annotations

from openaisle.catalog.pictures.model import Picture
from openaisle.kernel.records import RecordType, due_entry
from openaisle.kernel.table import Key
from openaisle.kernel.times import sortable_time

PICTURE_TOPIC = "product-pictures"
"""Access pattern: the addresses that are to be looked at (``PictureLooks.timer``)."""


def picture_key(*, picture_id: str) -> Key:
    """Access pattern: one address (``PictureQueries``, ``PictureWishes``)."""
    return Key(f"PICTURE#{picture_id}", "PICTURE")


PICTURES = RecordType[Picture](
    kind="picture",
    model=Picture,
    key=lambda picture: picture_key(picture_id=picture.picture_id),
    indexes=lambda picture: (
        ()
        if picture.due_at is None
        else (due_entry(topic=PICTURE_TOPIC, at=sortable_time(picture.due_at), identifier=picture.picture_id),)
    ),
)
