"""Contexts of commands."""

from __future__ import annotations

from datetime import UTC, datetime

from openaisle.kernel.context import Context, Principal, Role

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def make_context(
    *, at: datetime = NOON, role: Role = Role.SYSTEM, subject_id: str = "test", correlation_id: str = "cor_test"
) -> Context:
    return Context(principal=Principal(role=role, subject_id=subject_id), at=at, correlation_id=correlation_id)
