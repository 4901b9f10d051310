"""Who does something, when, and under which correlation id: passed to every use case."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Protocol

import msgspec


class Role(StrEnum):
    """The parties that may act on the marketplace."""

    OPERATOR = "operator"
    SUPPLIER = "supplier"
    STOREFRONT = "storefront"
    SYSTEM = "system"
    ANYONE = "anyone"


class Principal(msgspec.Struct, frozen=True, kw_only=True):
    """An authenticated party.

    ``subject_id`` is the supplier's or storefront's identifier, and the staff member's or key's name for
    the operator. ``SYSTEM`` is the marketplace itself: its pipes, workflows and timers. ``ANYONE`` is a caller
    without a key, who may do only what is open to everybody.
    """

    role: Role
    subject_id: str

    @property
    def actor(self) -> str:
        """The principal as it is written into audit entries and change records, ``role:subject``."""
        return f"{self.role.value}:{self.subject_id}"


class SupplierScope(msgspec.Struct, frozen=True, kw_only=True):
    """The right to see one supplier's records; supplier-facing queries cannot be written without it."""

    supplier_id: str


class Context(msgspec.Struct, frozen=True, kw_only=True):
    """The circumstances of one command.

    ``at`` is UTC and aware; ``correlation_id`` follows the command to every log line and outbound call.
    """

    principal: Principal
    at: datetime
    correlation_id: str


class Clock(Protocol):
    """Tells the time; only entry points and workers ask it, everything below is handed ``Context.at``."""

    def now(self) -> datetime:
        """Return the present moment, aware, in UTC."""
        ...


def system_context(*, name: str, at: datetime, correlation_id: str) -> Context:
    """Return the context of the marketplace's own work, done by the pipe, workflow or timer called ``name``."""
    principal = Principal(role=Role.SYSTEM, subject_id=name)
    return Context(principal=principal, at=at, correlation_id=correlation_id)
