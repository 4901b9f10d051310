"""What happens to API keys."""

from __future__ import annotations

from typing import ClassVar

from openaisle.kernel.records import Event


class ApiKeyIssued(Event, frozen=True, kw_only=True):
    """A key was issued to ``subject_id`` in ``role``."""

    TYPE: ClassVar[str] = "api_key.issued"

    key_id: str
    role: str
    subject_id: str


class ApiKeyRevoked(Event, frozen=True, kw_only=True):
    """A key was revoked and is refused from now on."""

    TYPE: ClassVar[str] = "api_key.revoked"

    key_id: str
    role: str
    subject_id: str
