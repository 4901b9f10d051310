"""Uploads in parts and sources that are pulled: their states, and the decisions about them."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from openaisle.feeds.model import FeedKind, FeedMode
from openaisle.kernel.errors import NotFound, OpenAisleError, RequestInvalid, TransitionRefused

PART_BYTES_MAXIMUM = 16 * 1_048_576
PART_BYTES_MINIMUM = 262_144
"""Only the last part may be smaller, so that an upload has some thousand parts at most."""
UPLOAD_KEPT = timedelta(hours=24)
"""How long an upload waits for its next part."""
OPEN_UPLOADS_MAXIMUM = 20
SOURCES_MAXIMUM = 20
_FIRST_RETRY = timedelta(minutes=5)


class UploadState(StrEnum):
    """Where an upload stands."""

    OPEN = "open"
    COMPLETED = "completed"
    ABANDONED = "abandoned"


class UploadUnknown(NotFound):
    """There is no such upload, it was given up, or it belongs to another supplier."""

    code = "upload-unknown"
    title = "No such upload"


class UploadOffsetWrong(OpenAisleError):
    """The part does not begin where the last one ended."""

    code = "upload-offset-wrong"
    title = "The part does not begin where the last one ended"
    status = 409
    mend = "Read the upload and go on at its received_bytes."


class UploadPartTooSmall(RequestInvalid):
    """A part is empty, or small without being the last."""

    code = "upload-part-too-small"
    title = "The part is too small"
    mend = "Send parts of at least 256 KiB; only the last may be smaller."


class UploadIncomplete(TransitionRefused):
    """Some bytes are missing."""

    code = "upload-incomplete"
    title = "The upload is not complete"
    mend = "Send the rest, beginning at received_bytes."


class UploadChecksumWrong(OpenAisleError):
    """The bytes that came are not those that were announced."""

    code = "upload-checksum-wrong"
    title = "The file arrived damaged"
    status = 422
    mend = "Give this upload up and send the file again."


class TooManyUploads(TransitionRefused):
    """The supplier has begun many uploads without ending them."""

    code = "too-many-uploads"
    title = "Too many uploads are open"
    mend = "Complete or give up one of them; they end by themselves a day after their last part."


class UploadPart(msgspec.Struct, frozen=True, kw_only=True):
    """A part that is kept: the blob's name and its length."""

    name: str
    byte_count: int


class FeedUpload(msgspec.Struct, frozen=True, kw_only=True):
    """A file on its way in parts; once completed it is the feed ``feed_id``."""

    upload_id: str
    supplier_id: str
    feed_id: str
    kind: FeedKind
    mode: FeedMode
    file_name: str | None
    byte_count: int
    sha256: str | None = None
    parts: tuple[UploadPart, ...] = ()
    state: UploadState = UploadState.OPEN
    created_at: datetime
    changed_at: datetime

    @property
    def received_bytes(self) -> int:
        """How many bytes came so far: where the next part begins."""
        return sum(part.byte_count for part in self.parts)


def require_next(*, upload: FeedUpload, offset: int) -> int:
    """Return how many bytes are missing from ``offset`` on; raises UploadUnknown, UploadOffsetWrong."""
    if upload.state is not UploadState.OPEN:
        raise UploadUnknown(detail="This upload takes no more parts.")
    received = upload.received_bytes
    if offset != received or received == upload.byte_count:
        raise UploadOffsetWrong(
            detail=f"{received} of {upload.byte_count} bytes are here, and the part begins at {offset}."
        )
    return upload.byte_count - received


def decide_part(*, upload: FeedUpload, part: UploadPart, at: datetime) -> FeedUpload:
    """Return the upload with one more part; raises UploadPartTooSmall."""
    missing = upload.byte_count - upload.received_bytes
    if part.byte_count < min(PART_BYTES_MINIMUM, missing):
        raise UploadPartTooSmall(detail=f"The part has {part.byte_count} bytes, and {missing} are missing.")
    return msgspec.structs.replace(upload, parts=(*upload.parts, part), changed_at=at)


def require_whole(*, upload: FeedUpload) -> None:
    """Raise UploadUnknown or UploadIncomplete unless every byte is here."""
    if upload.state is UploadState.ABANDONED:
        raise UploadUnknown(detail="This upload was given up.")
    if upload.received_bytes != upload.byte_count:
        raise UploadIncomplete(detail=f"{upload.received_bytes} of {upload.byte_count} bytes are here.")


class PullResult(StrEnum):
    """What became of looking for a new file."""

    TAKEN = "taken"
    UNCHANGED = "unchanged"
    FAILED = "failed"


class SourceUnknown(NotFound):
    """There is no such source, or it belongs to another supplier."""

    code = "feed-source-unknown"
    title = "No such source"


class TooManySources(TransitionRefused):
    """The supplier has as many sources as one may have."""

    code = "too-many-feed-sources"
    title = "Too many sources"
    mend = "Remove one of them."


class Pull(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one look for a new file, in words."""

    at: datetime
    result: PullResult
    detail: str
    feed_id: str | None = None


class FeedSource(msgspec.Struct, frozen=True, kw_only=True):
    """An address from which a supplier's file is fetched again and again.

    ``sealed_password`` is encrypted. ``pulling_feed_id`` names the feed that a pull under way will become, so that one
    that was broken off and runs again does not make two.
    """

    source_id: str
    supplier_id: str
    url: str
    kind: FeedKind
    mode: FeedMode
    every_minutes: int
    user_name: str | None = None
    sealed_password: str | None = None
    etag: str | None = None
    modified: str | None = None
    sha256: str | None = None
    pulling_feed_id: str | None = None
    failures: int = 0
    last: Pull | None = None
    next_at: datetime
    created_at: datetime


def decide_pulled(
    *, source: FeedSource, pull: Pull, etag: str | None = None, modified: str | None = None, sha256: str | None = None
) -> FeedSource:
    """Return the source after a look for a new file; a failed one is tried again sooner, then ever more rarely."""
    every = timedelta(minutes=source.every_minutes)
    if pull.result is PullResult.FAILED:
        failures = source.failures + 1
        wait = min(every, _FIRST_RETRY * 2 ** min(failures - 1, 10))
        kept = (source.etag, source.modified, source.sha256)
    else:
        failures, wait = 0, every
        kept = (etag or source.etag, modified or source.modified, sha256 or source.sha256)
        if pull.result is PullResult.TAKEN:
            kept = (etag, modified, sha256)
    return msgspec.structs.replace(
        source,
        etag=kept[0],
        modified=kept[1],
        sha256=kept[2],
        failures=failures,
        last=pull,
        pulling_feed_id=None,
        next_at=pull.at + wait,
    )
