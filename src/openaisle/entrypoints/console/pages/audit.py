"""The page of the audit trail."""

from __future__ import annotations

import msgspec
from starlette.responses import Response

from openaisle.entrypoints.console.views.common import Paging, paging_of
from openaisle.entrypoints.console.visits import Visit
from openaisle.people.audit import AuditEntry, AuditTrail

AUDIT_HREF = "/console/audit"
_ROWS = 50


class AuditPageView(msgspec.Struct, frozen=True, kw_only=True):
    """A page of the audit trail."""

    entries: tuple[AuditEntry, ...]
    paging: Paging


class AuditPages:
    """What everybody did."""

    def __init__(self, *, audit: AuditTrail) -> None:
        """Take the audit trail."""
        self._audit = audit

    async def listed(self, visit: Visit) -> Response:
        """Show what everybody did, or one person."""
        after, user_id = visit.asked(name="after"), visit.asked(name="user_id")
        found = await self._audit.listed(user_id=user_id or None, after=after or None, limit=_ROWS)
        href = f"{AUDIT_HREF}?user_id={user_id}" if user_id.isalnum() or "_" in user_id[:4] else AUDIT_HREF
        page = AuditPageView(
            entries=tuple(found.entries), paging=paging_of(href=href, after=after, next_after=found.next_after)
        )
        return visit.page(template="audit", here="audit", page=page)
