"""The figures of the policy: thresholds, deadlines, periods, what pictures must be. Pure.

Each setting carries its meaning, its unit and the law it comes from, from which the reference page is made.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

import msgspec

NOTICE_DAYS_LAW = 30
TERMS_DAYS_LAW = 15
_P2B = "Regulation (EU) 2019/1150"


def told(meaning: str, *, unit: str = "", law: str = "", **bounds: Any) -> msgspec.Meta:  # noqa: ANN401
    """Return what the reference tells of a setting, with its bounds as msgspec.Meta knows them."""
    return msgspec.Meta(description=meaning, extra={"unit": unit, "law": law}, **bounds)


def _days(meaning: str, *, law: str = "", ge: int = 0, le: int = 3650) -> msgspec.Meta:
    return told(meaning, unit="days", law=law, ge=ge, le=le)


Domain = Annotated[str, msgspec.Meta(min_length=3, max_length=253, pattern=r"^[a-z0-9-]+(\.[a-z0-9-]+)+$")]
Pattern = Annotated[str, msgspec.Meta(min_length=1, max_length=80, pattern=r"^[a-z0-9_.*-]+$")]


class Thresholds(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """From which figure on a check objects."""

    similar_name: Annotated[
        float,
        told("From which likeness on another supplier's legal name is the same name.", unit="percent", ge=0, le=100),
    ] = 92.0
    account_holder: Annotated[
        float,
        told("How like the legal name the holder of the bank account must be.", unit="percent", ge=0, le=100),
    ] = 80.0
    certificate_days: Annotated[int, _days("How long a website's certificate must still be valid.")] = 14
    document_days: Annotated[int, _days("How long a document must still be valid.")] = 0


class PictureFormat(StrEnum):
    """The formats of pictures that can be measured."""

    JPEG = "JPEG"
    PNG = "PNG"
    WEBP = "WEBP"


class PictureStandard(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a sample picture must be."""

    formats: Annotated[tuple[PictureFormat, ...], told("The formats that are taken.")] = tuple(PictureFormat)
    shorter_side: Annotated[int, told("The least length of the shorter side.", unit="pixels", ge=1, le=100_000)] = 500
    aspect_maximum: Annotated[
        float, told("The most that the longer side may be over the shorter one.", unit="ratio", ge=1, le=100)
    ] = 2.0
    white_border: Annotated[
        float, told("How much of the border must be nearly white.", unit="share of 1", ge=0, le=1)
    ] = 0.8
    sharpness: Annotated[
        float,
        told("The least sharpness; a blurred picture has little.", unit="variance of Laplacian", ge=0, le=100_000),
    ] = 40.0


class Deadlines(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """By when what is asked is answered."""

    supplier_answers_days: Annotated[
        int, _days("How long a supplier has to answer what a reviewer or this policy asks it.", ge=1)
    ] = 14


class LifePolicy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How long things take in the life of a supplier after its verification."""

    reverification_days: Annotated[
        int, _days("How long after its verification a supplier is verified again.", ge=1)
    ] = 365
    document_reminder_days: Annotated[
        int, _days("How long before a document expires its supplier is reminded.", le=365)
    ] = 30
    termination_notice_days: Annotated[
        int,
        _days(
            "The notice a supplier is given before it has to leave; none on the grounds that the law names.",
            law=f"{_P2B}, Article 4(2): at least 30 days",
            ge=NOTICE_DAYS_LAW,
            le=365,
        ),
    ] = NOTICE_DAYS_LAW
    data_kept_days: Annotated[
        int,
        _days(
            "How long the records of a former supplier are kept before they are deleted.",
            law="tax and commercial law of the seat, often ten years; Regulation (EU) 2016/679, Article 5(1)(e)",
            le=36_500,
        ),
    ] = 3_653


class WithoutAgreement(StrEnum):
    """What becomes of a supplier that has not agreed to new terms by the day they take effect."""

    CONTINUE = "continue"
    SUSPEND = "suspend"
    ASK = "ask"


class TermsPolicy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How new terms come into force."""

    notice_days: Annotated[
        int,
        _days(
            "How long before they take effect new terms are announced, unless the law allows less.",
            law=f"{_P2B}, Article 3(2): at least 15 days",
            ge=TERMS_DAYS_LAW,
            le=365,
        ),
    ] = TERMS_DAYS_LAW
    without_agreement: Annotated[
        WithoutAgreement,
        told(
            "What becomes of a supplier that has not agreed by the day of effect: `continue` takes its going on for "
            "agreement, `suspend` suspends it with the reason, `ask` lets it sell on and asks it once more by mail.",
            law=f"{_P2B}, Article 3(2): terms apply once the notice has passed; Article 4(1) of a suspension",
        ),
    ] = WithoutAgreement.CONTINUE


class Lists(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The retailer's own additions to the lists that come with the checks."""

    disposable_domains: Annotated[tuple[Domain, ...], told("Domains of throw-away mailboxes.")] = ()
    free_mail_domains: Annotated[tuple[Domain, ...], told("Domains of free mailboxes.")] = ()


STANDARD_DEADLINES = Deadlines()
STANDARD_LIFE = LifePolicy()
