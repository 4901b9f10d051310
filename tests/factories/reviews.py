"""Review tasks for tests."""

from __future__ import annotations

from datetime import datetime

from openaisle.reviews.decisions import opened_task
from openaisle.reviews.model import ReviewFinding, ReviewRequest, ReviewTask, review_task_id
from tests.factories.contexts import NOON


def make_finding(*, field: str = "address.city", code: str = "city-abbreviated") -> ReviewFinding:
    return ReviewFinding(field=field, code=code, severity="warning", message="It is abbreviated.", check="address")


def make_request(
    *,
    subject_kind: str = "supplier",
    subject_id: str = "sup_1",
    occasion: str = "revision-1",
    requested_at: datetime = NOON,
) -> ReviewRequest:
    return ReviewRequest(
        task_id=review_task_id(subject_kind=subject_kind, subject_id=subject_id, occasion=occasion),
        subject_kind=subject_kind,
        subject_id=subject_id,
        occasion=occasion,
        causes=("city-abbreviated",),
        findings=(make_finding(),),
        proposals=(),
        requested_at=requested_at,
        requested_by="system:test",
        correlation_id="cor_test",
    )


def make_task(*, subject_id: str = "sup_1", occasion: str = "revision-1") -> ReviewTask:
    return opened_task(request=make_request(subject_id=subject_id, occasion=occasion))
