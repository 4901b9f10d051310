"""API keys for tests."""

from __future__ import annotations

from openaisle.access.model import ApiKey, issued_key
from openaisle.kernel.context import Context, Role
from tests.factories.contexts import make_context

SECRET_BYTES = bytes(range(32))
KEY_ID = "key_01jd0000000000000000000000"


def make_api_key(
    *,
    role: Role = Role.SUPPLIER,
    subject_id: str = "sup_1",
    key_id: str = KEY_ID,
    secret_bytes: bytes = SECRET_BYTES,
    context: Context | None = None,
) -> tuple[ApiKey, str]:
    """A key's record and its text."""
    return issued_key(
        key_id=key_id,
        role=role,
        subject_id=subject_id,
        label="test",
        secret_bytes=secret_bytes,
        context=context or make_context(role=Role.OPERATOR, subject_id="anna"),
    )
