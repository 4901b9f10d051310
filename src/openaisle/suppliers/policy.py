"""The figures of a verification policy: thresholds, deadlines, what pictures and documents must be. Pure."""

from __future__ import annotations

from typing import Annotated

import msgspec

Percent = Annotated[float, msgspec.Meta(ge=0, le=100)]
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
Days = Annotated[int, msgspec.Meta(ge=0, le=3650)]
Pixels = Annotated[int, msgspec.Meta(ge=1, le=100_000)]
Domain = Annotated[str, msgspec.Meta(min_length=3, max_length=253, pattern=r"^[a-z0-9-]+(\.[a-z0-9-]+)+$")]


class Thresholds(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """From which figure on a check objects.

    ``similar_name`` and ``account_holder`` are likenesses in percent, ``certificate_days`` how long a website's
    certificate must still be valid, ``document_days`` how long a document must.
    """

    similar_name: Percent = 92.0
    account_holder: Percent = 80.0
    certificate_days: Days = 14
    document_days: Days = 0


class PictureStandard(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a sample picture must be.

    ``aspect_maximum`` is the longer side over the shorter one, ``white_border`` the share of the border that must be
    nearly white, ``sharpness`` the least variance of the Laplacian.
    """

    formats: tuple[str, ...] = ("JPEG", "PNG", "WEBP")
    shorter_side: Pixels = 500
    aspect_maximum: Annotated[float, msgspec.Meta(ge=1, le=100)] = 2.0
    white_border: Share = 0.8
    sharpness: Annotated[float, msgspec.Meta(ge=0, le=100_000)] = 40.0


class Deadlines(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """By when what is asked is answered: how many days a supplier has for its questions."""

    supplier_answers_days: Days = 14


class Lists(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The retailer's own additions to the lists that come with the checks."""

    disposable_domains: tuple[Domain, ...] = ()
    free_mail_domains: tuple[Domain, ...] = ()
