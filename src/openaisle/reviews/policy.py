"""How soon a task is to be answered, and which facts two people must look at. Pure values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

import msgspec

from openaisle.reviews.patterns import wildcard_fits

HOUR_SECONDS = 3_600


class ServiceLevel(msgspec.Struct, frozen=True, kw_only=True):
    """How soon somebody must take a task of these causes on, and how soon it must be decided.

    ``cause`` is a code, or a pattern with ``*``. Both times are seconds since the review was asked for.
    """

    cause: str
    respond_within_seconds: int
    resolve_within_seconds: int


class RiskyFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What one person alone may not settle, as the subject's room lists it: causes and fields, ``*`` stands for any."""

    causes: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()

    def covers_causes(self, *, causes: Iterable[str]) -> bool:
        """Return whether one of the causes is risky."""
        return any(wildcard_fits(pattern=pattern, text=cause) for pattern in self.causes for cause in causes)

    def covers_fields(self, *, fields: Iterable[str]) -> bool:
        """Return whether one of the fields is risky."""
        return any(wildcard_fits(pattern=pattern, text=field) for pattern in self.fields for field in fields)


NOTHING_RISKY = RiskyFacts()


class ReviewPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """The values by which reviews run.

    Of several ``service_levels`` that fit a task's causes the shortest times count; ``otherwise`` counts where none
    fits. ``risky`` maps a kind of subject to what needs two people. With ``rules_need_two_people`` the person who made
    a rule cannot switch it on. A task that is overdue escalates ``escalation_grace_seconds`` later. Of the kinds
    ``ruled_elsewhere`` the subject's room applies the rules itself, before it asks: what is asked is for a person.
    """

    otherwise: ServiceLevel = ServiceLevel(
        cause="*", respond_within_seconds=8 * HOUR_SECONDS, resolve_within_seconds=24 * HOUR_SECONDS
    )
    service_levels: tuple[ServiceLevel, ...] = ()
    risky: Mapping[str, RiskyFacts] = {}
    rules_need_two_people: bool = False
    escalation_grace_seconds: int = 0
    ruled_elsewhere: frozenset[str] = frozenset()

    def risky_facts(self, *, subject_kind: str) -> RiskyFacts:
        """Return what needs two people about subjects of a kind."""
        return self.risky.get(subject_kind, NOTHING_RISKY)

    def deadlines(self, *, causes: Iterable[str], asked_at: datetime) -> tuple[datetime, datetime]:
        """Return until when somebody must take the task on, and until when it must be decided."""
        named = tuple(causes)
        levels = [
            level
            for level in self.service_levels
            if any(wildcard_fits(pattern=level.cause, text=cause) for cause in named)
        ] or [self.otherwise]
        respond = min(level.respond_within_seconds for level in levels)
        resolve = min(level.resolve_within_seconds for level in levels)
        return asked_at + timedelta(seconds=respond), asked_at + timedelta(seconds=resolve)


STANDARD_POLICY = ReviewPolicy(
    service_levels=(
        ServiceLevel(cause="sanction*", respond_within_seconds=HOUR_SECONDS, resolve_within_seconds=8 * HOUR_SECONDS),
        ServiceLevel(cause="bank*", respond_within_seconds=2 * HOUR_SECONDS, resolve_within_seconds=8 * HOUR_SECONDS),
    )
)
