"""Who does something, when, and under which correlation id: passed to every use case."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Protocol

import msgspec

from openaisle.kernel.permissions import (
    STAFF_PERMISSIONS,
    SUPPLIER_PERMISSIONS,
    Permission,
    PermissionMissing,
    UserRole,
)


class Role(StrEnum):
    """The parties that may act on the marketplace."""

    OPERATOR = "operator"
    SUPPLIER = "supplier"
    STOREFRONT = "storefront"
    SYSTEM = "system"
    ANYONE = "anyone"


_NOTHING: frozenset[Permission] = frozenset()


class Principal(msgspec.Struct, frozen=True, kw_only=True):
    """An authenticated party.

    ``subject_id`` is the supplier's or storefront's identifier, and the staff member's or key's name for
    the operator. ``SYSTEM`` is the marketplace itself: its pipes, workflows and timers. ``ANYONE`` is a caller
    without a key, who may do only what is open to everybody.

    ``user_role`` limits what a person or key of the operator or of a supplier may do; None stands for all that their
    party may. ``user_id`` is the person behind a session, None for a key.
    """

    role: Role
    subject_id: str
    user_role: UserRole | None = None
    user_id: str | None = None

    @property
    def actor(self) -> str:
        """The principal as it is written into audit entries and change records, ``role:subject``."""
        return f"{self.role.value}:{self.subject_id}"

    @property
    def permissions(self) -> frozenset[Permission]:
        """What a person or key of the operator or a supplier may do; nothing for those who have no roles."""
        if self.role is Role.OPERATOR:
            return STAFF_PERMISSIONS.get(self.user_role or UserRole.ADMINISTRATOR, _NOTHING)
        if self.role is Role.SUPPLIER:
            return SUPPLIER_PERMISSIONS.get(self.user_role or UserRole.OWNER, _NOTHING)
        return _NOTHING

    def require(self, permission: Permission) -> None:
        """Raise PermissionMissing unless the role has the permission."""
        if permission not in self.permissions:
            role = self.user_role.value if self.user_role is not None else self.role.value
            raise PermissionMissing(detail=f"This needs the permission {permission.value}, which {role} has not.")


class SupplierScope(msgspec.Struct, frozen=True, kw_only=True):
    """The right to see one supplier's records; supplier-facing queries cannot be written without it."""

    supplier_id: str


class Context(msgspec.Struct, frozen=True, kw_only=True):
    """The circumstances of one command.

    ``at`` is UTC and aware; ``correlation_id`` follows the command to every log line and outbound call. ``address``
    is the network address the command came from, empty for the marketplace's own work.
    """

    principal: Principal
    at: datetime
    correlation_id: str
    address: str = ""


class Clock(Protocol):
    """Tells the time; only entry points and workers ask it, everything below is handed ``Context.at``."""

    def now(self) -> datetime:
        """Return the present moment, aware, in UTC."""
        ...


def system_context(*, name: str, at: datetime, correlation_id: str) -> Context:
    """Return the context of the marketplace's own work, done by the pipe, workflow or timer called ``name``."""
    principal = Principal(role=Role.SYSTEM, subject_id=name)
    return Context(principal=principal, at=at, correlation_id=correlation_id)
