"""What the policy says of reviews: how soon tasks are answered, when they escalate, what two people look at. Pure."""

from __future__ import annotations

from typing import Annotated

import msgspec

from openaisle.reviews.policy import ReviewPolicy, RiskyFacts, ServiceLevel
from openaisle.suppliers.policy import Pattern, told

_HOUR_SECONDS = 3_600
_HOURS_MAXIMUM = 8_760

Hours = Annotated[float, msgspec.Meta(ge=0.1, le=_HOURS_MAXIMUM)]


class ReviewLevel(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How soon tasks of some causes are taken on and decided."""

    cause: Annotated[Pattern, told("The code of the finding that is the cause; `*` stands for any characters.")]
    respond_within_hours: Annotated[Hours, told("By when somebody takes such a task on.", unit="hours")]
    resolve_within_hours: Annotated[Hours, told("By when such a task is decided.", unit="hours")]


class ReviewSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How reviews run; of several service levels that fit a task the shortest times count."""

    respond_within_hours: Annotated[
        Hours, told("By when somebody takes a task on that no service level names.", unit="hours")
    ] = 8.0
    resolve_within_hours: Annotated[
        Hours, told("By when a task is decided that no service level names.", unit="hours")
    ] = 24.0
    escalation_grace_hours: Annotated[
        float,
        told(
            "How long a task may be overdue before it is escalated; it shows as overdue at once.",
            unit="hours",
            ge=0,
            le=_HOURS_MAXIMUM,
        ),
    ] = 0.0
    rules_need_two_people: Annotated[
        bool, told("Whether whoever made a rule out of a decision needs somebody else to switch it on.")
    ] = False
    four_eyes_causes: Annotated[
        tuple[Pattern, ...], told("Causes of which two people must decide the same; `*` stands for any characters.")
    ] = ("bank-account*",)
    four_eyes_fields: Annotated[
        tuple[Pattern, ...], told("Facts that only two people together may correct or approve, by their paths.")
    ] = ("bank_account*",)
    service_levels: tuple[ReviewLevel, ...] = (
        ReviewLevel(cause="sanction*", respond_within_hours=1.0, resolve_within_hours=8.0),
        ReviewLevel(cause="bank*", respond_within_hours=2.0, resolve_within_hours=8.0),
    )


STANDARD_REVIEWS = ReviewSettings()


def review_policy_of(*, settings: ReviewSettings, subject_kind: str) -> ReviewPolicy:
    """Return the settings as the room of reviews knows them; what two people look at is of one kind of subject."""
    return ReviewPolicy(
        otherwise=_level("*", settings.respond_within_hours, settings.resolve_within_hours),
        service_levels=tuple(
            _level(one.cause, one.respond_within_hours, one.resolve_within_hours) for one in settings.service_levels
        ),
        risky={subject_kind: RiskyFacts(causes=settings.four_eyes_causes, fields=settings.four_eyes_fields)},
        rules_need_two_people=settings.rules_need_two_people,
        escalation_grace_seconds=_seconds(settings.escalation_grace_hours),
    )


def _level(cause: str, respond_within_hours: float, resolve_within_hours: float) -> ServiceLevel:
    return ServiceLevel(
        cause=cause,
        respond_within_seconds=_seconds(respond_within_hours),
        resolve_within_seconds=_seconds(resolve_within_hours),
    )


def _seconds(hours: float) -> int:
    return round(hours * _HOUR_SECONDS)
