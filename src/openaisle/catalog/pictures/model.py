"""What is known of a picture's address, what is asked of pictures, and when to look again. Pure; no I/O, no clock."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from openaisle.catalog.issues import Issue, Severity
from openaisle.kernel.identifiers import derived_identifier
from openaisle.kernel.pictures import PictureFacts

# The first retry comes soon, as most of what fails is over then; what still fails waits until a product names it anew.
_RETRY_SECONDS = (300, 3_600, 21_600, 86_400)


class PictureIssue(StrEnum):
    """Every issue that a picture may have; the code is stable and part of the API."""

    IMAGE_UNREACHABLE = "image_unreachable"
    IMAGE_MISSING = "image_missing"
    IMAGE_ADDRESS_REFUSED = "image_address_refused"
    IMAGE_FORMAT_UNSUPPORTED = "image_format_unsupported"
    IMAGE_TOO_SMALL = "image_too_small"
    IMAGE_TOO_NARROW = "image_too_narrow"


SUGGESTIONS = {
    PictureIssue.IMAGE_UNREACHABLE: "It is tried again; keep the server of your pictures reachable.",
    PictureIssue.IMAGE_MISSING: "Send the address of a picture that is there.",
    PictureIssue.IMAGE_ADDRESS_REFUSED: "Send a public address that begins with https://.",
    PictureIssue.IMAGE_FORMAT_UNSUPPORTED: "Send a JPEG, PNG or WEBP file that other programs open.",
    PictureIssue.IMAGE_TOO_SMALL: "Send the picture in a higher resolution.",
    PictureIssue.IMAGE_TOO_NARROW: "Cut the picture so that the product fills it.",
}


class PicturePolicy(msgspec.Struct, frozen=True, kw_only=True):
    """What the operator asks of pictures: sides in pixels, the longer side over the shorter one, bytes, days."""

    shorter_side_minimum: int = 250
    aspect_maximum: float = 3.0
    bytes_maximum: int = 10_000_000
    look_again_days: int = 30
    timeout_seconds: float = 10.0


class PictureState(StrEnum):
    """Where an address stands: not looked at yet, a sound picture, one with issues, or not reached for now."""

    WAITING = "waiting"
    SOUND = "sound"
    FAULTY = "faulty"
    UNREACHABLE = "unreachable"


class Picture(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One address, with what was found there. ``due_at`` is when it is looked at next, None until a product asks."""

    url: str
    state: PictureState = PictureState.WAITING
    etag: str | None = None
    last_modified: str | None = None
    facts: PictureFacts | None = None
    byte_count: int | None = None
    issue_code: str | None = None
    issue_detail: str = ""
    failures: int = 0
    checked_at: datetime | None = None
    due_at: datetime | None = None

    @property
    def picture_id(self) -> str:
        """The identifier that follows from the address."""
        return picture_identifier(url=self.url)

    @property
    def issues(self) -> tuple[Issue, ...]:
        """What is wrong with it, as an issue of the product."""
        if self.issue_code is None:
            return ()
        return (
            Issue(
                field="image_urls",
                code=self.issue_code,
                severity=Severity.WARNING,
                message=f"{self.url[:200]}: {self.issue_detail}",
                suggestion=SUGGESTIONS.get(PictureIssue(self.issue_code)),
            ),
        )


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """What a look at an address found: the picture, that it is as before (``unchanged``), or an issue."""

    facts: PictureFacts | None = None
    byte_count: int | None = None
    etag: str | None = None
    last_modified: str | None = None
    unchanged: bool = False
    issue: PictureIssue | None = None
    detail: str = ""


def picture_identifier(*, url: str) -> str:
    """Return the identifier of an address."""
    return derived_identifier(prefix="pic", parts=(url,))


def decide_wanted(*, picture: Picture | None, url: str, policy: PicturePolicy, at: datetime) -> Picture | None:
    """Return what is to be stored when a product names the address; None if nothing is to be done."""
    if picture is None:
        return Picture(url=url, due_at=at)
    if picture.due_at is not None:
        return None
    again = picture.checked_at is None or at - picture.checked_at >= timedelta(days=policy.look_again_days)
    if not again and picture.state is not PictureState.UNREACHABLE:
        return None
    return msgspec.structs.replace(picture, due_at=at, failures=0)


def decide_seen(*, picture: Picture, seen: Seen, policy: PicturePolicy, at: datetime) -> Picture:
    """Return the picture after a look; what cannot be reached is tried again, ever more rarely."""
    if seen.issue is PictureIssue.IMAGE_UNREACHABLE:
        rest = _RETRY_SECONDS[picture.failures] if picture.failures < len(_RETRY_SECONDS) else None
        return msgspec.structs.replace(
            picture,
            state=PictureState.UNREACHABLE,
            issue_code=seen.issue.value,
            issue_detail=seen.detail,
            failures=picture.failures + 1,
            checked_at=at,
            due_at=at + timedelta(seconds=rest) if rest is not None else None,
        )
    facts = picture.facts if seen.unchanged else seen.facts
    issue, detail = (seen.issue, seen.detail) if seen.issue else judged(facts=facts, policy=policy)
    return msgspec.structs.replace(
        picture,
        state=PictureState.SOUND if issue is None else PictureState.FAULTY,
        etag=picture.etag if seen.unchanged else seen.etag,
        last_modified=picture.last_modified if seen.unchanged else seen.last_modified,
        facts=facts,
        byte_count=picture.byte_count if seen.unchanged else seen.byte_count,
        issue_code=issue.value if issue is not None else None,
        issue_detail=detail,
        failures=0,
        checked_at=at,
        due_at=None,
    )


def judged(*, facts: PictureFacts | None, policy: PicturePolicy) -> tuple[PictureIssue | None, str]:
    """Return what is wrong with a measured picture, and in which words."""
    if facts is None:
        return None, ""
    size = f"{facts.width:,} x {facts.height:,} pixels"
    if facts.shorter_side < policy.shorter_side_minimum:
        return PictureIssue.IMAGE_TOO_SMALL, f"{size}; the shorter side has at least {policy.shorter_side_minimum}."
    if facts.aspect > policy.aspect_maximum:
        return PictureIssue.IMAGE_TOO_NARROW, f"{size}; a side is at most {policy.aspect_maximum:g} times the other."
    return None, ""
