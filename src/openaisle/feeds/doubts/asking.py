"""Asking a person about groups, and hearing the decision: the pipes between feeds and reviews."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from openaisle.feeds.doubts.deciding import ReviewGroupDecisions
from openaisle.feeds.doubts.events import ReviewGroupJoined
from openaisle.feeds.doubts.model import SUBJECT_KIND, GroupState, ReviewGroup
from openaisle.feeds.doubts.repository import REVIEW_GROUPS
from openaisle.kernel.context import Context, system_context
from openaisle.kernel.pipe import Pipe
from openaisle.kernel.stream import Change
from openaisle.reviews.events import ReviewResolved
from openaisle.reviews.model import ReviewFinding
from openaisle.reviews.use_cases import Reviews

_RESOLVED = msgspec.json.Decoder(ReviewResolved)
_SAMPLES_TOLD = 3


def pipes(*, reviews: Reviews, decisions: ReviewGroupDecisions) -> tuple[Pipe, ...]:
    """Return the pipes that ask, hear and apply."""
    return (_asking(reviews=reviews), _hearing(decisions=decisions), _applying(decisions=decisions))


def _asking(*, reviews: Reviews) -> Pipe:
    async def ask(changes: Sequence[Change]) -> None:
        for change in changes:
            if change.body is not None:
                group = REVIEW_GROUPS.record(change.body)
                if group.state is GroupState.OPEN:
                    await request_review(reviews=reviews, group=group, context=_context_of(change))

    return Pipe(
        name="review-groups-asked",
        handle=ask,
        kinds=frozenset({REVIEW_GROUPS.kind}),
        event_types=frozenset({ReviewGroupJoined.TYPE}),
    )


def _hearing(*, decisions: ReviewGroupDecisions) -> Pipe:
    async def hear(changes: Sequence[Change]) -> None:
        for change in changes:
            for event in change.events:
                if event.type == ReviewResolved.TYPE:
                    resolved = _RESOLVED.decode(event.data)
                    if resolved.subject_kind == SUBJECT_KIND:
                        await decisions.decide(resolved=resolved, context=_context_of(change))

    return Pipe(name="review-groups-decided", handle=hear, event_types=frozenset({ReviewResolved.TYPE}))


def _applying(*, decisions: ReviewGroupDecisions) -> Pipe:
    async def apply(changes: Sequence[Change]) -> None:
        latest: dict[str, tuple[ReviewGroup, Change]] = {}
        for change in changes:
            if change.body is not None:
                group = REVIEW_GROUPS.record(change.body)
                latest[group.group_id] = (group, change)
        for group, change in latest.values():
            # Each portion changes the group, so what is left comes here again; and a portion done twice is the same.
            if group.state is GroupState.DECIDED:
                await decisions.go_on(group_id=group.group_id, context=_context_of(change))

    return Pipe(name="review-groups-applied", handle=apply, kinds=frozenset({REVIEW_GROUPS.kind}))


async def request_review(*, reviews: Reviews, group: ReviewGroup, context: Context) -> str:
    """Ask a person about a group, once; returns the identifier of the task."""
    examples = {
        f"example_{number}": f"{one.supplier_sku}: {one.title}"[:300]
        for number, one in enumerate(group.samples[:_SAMPLES_TOLD], start=1)
    }
    findings = [
        ReviewFinding(
            field=one.field,
            code=one.code,
            severity="warning",
            message=one.message,
            check="feed",
            suggestion=one.suggestion,
            evidence={"rows": f"{group.rows:,}", "values": one.pattern[:300], **examples},
            value=one.example,
        )
        for one in group.doubts
    ]
    return await reviews.request(
        subject_kind=SUBJECT_KIND,
        subject_id=group.group_id,
        occasion=group.group_id,
        causes=group.causes,
        findings=findings,
        proposals=[],
        context=context,
    )


def _context_of(change: Change) -> Context:
    # The moment of the change is the moment of what follows from it: running twice says the same.
    return system_context(name="reviews", at=change.at, correlation_id=change.correlation_id)
