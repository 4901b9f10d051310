"""What requests about people carry."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta

from openaisle.kernel.permissions import UserRole
from openaisle.kernel.texts import END

_ADDRESS = rf"^[^@\s\x00-\x1f]+@[^@\s\x00-\x1f]+\.[^@\s\x00-\x1f]+{END}"
Email = Annotated[str, Meta(min_length=3, max_length=254, pattern=_ADDRESS)]
Password = Annotated[str, Meta(min_length=1, max_length=200)]
Code = Annotated[str, Meta(min_length=6, max_length=40)]
Token = Annotated[str, Meta(min_length=1, max_length=100)]
SupplierId = Annotated[str, Meta(min_length=1, max_length=64, pattern=f"^[A-Za-z0-9_-]+{END}")]


class NewUserState(StrEnum):
    """Whether a user may sign in."""

    ACTIVE = "active"
    DISABLED = "disabled"


class InvitationBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whom to invite. The operator names in ``supplier_id`` whose person it is; null for its own staff."""

    email: Email
    name: Annotated[str, Meta(min_length=1, max_length=100)]
    role: UserRole
    supplier_id: SupplierId | None = None


class UserRoleBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Another role for a user."""

    role: UserRole


class UserStateBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Another state for a user."""

    state: NewUserState


class UserFilter(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whose users to list; without ``supplier_id`` the operator's staff, and to a supplier its own."""

    supplier_id: SupplierId | None = None
    after: Annotated[str, Meta(max_length=500)] | None = None
    limit: Annotated[int, Meta(ge=1, le=500)] = 100


class SignInBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """E-mail address and password, and the code where the account asks for one."""

    email: Email
    password: Password
    code: Code | None = None


class ResetBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who wants a new password."""

    email: Email


class LinkPasswordBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A new password, by the token of an invitation's or a reset's link."""

    token: Token
    password: Password


class PasswordBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A new password and the present one."""

    current_password: Password
    password: Password


class ProofBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The present password, to prove that the person is still the one who signed in."""

    current_password: Password


class CodeBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The code that the authenticator app shows."""

    code: Code


class AuditFilter(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What of the audit trail to list: all, or what one person did."""

    user_id: Annotated[str, Meta(max_length=64)] | None = None
    after: Annotated[str, Meta(max_length=500)] | None = None
    limit: Annotated[int, Meta(ge=1, le=500)] = 100
