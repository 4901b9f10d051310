"""Tells suppliers by mail what becomes of them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

import msgspec

from openaisle.kernel.context import Clock, Context, system_context
from openaisle.kernel.errors import RequestInvalid
from openaisle.kernel.pipe import Pipe
from openaisle.kernel.stream import Change
from openaisle.suppliers.events import (
    SupplierActivated,
    SupplierApplied,
    SupplierDocumentExpires,
    SupplierNoticeGiven,
    SupplierReinstated,
    SupplierRejected,
    SupplierSentBack,
    SupplierSuspended,
)
from openaisle.suppliers.model import Supplier
from openaisle.suppliers.repository import SUPPLIERS

NAME = "supplier-mails"
_LANGUAGE = "en"


class _Told(msgspec.Struct, frozen=True, kw_only=True):
    """What the events that are told by mail have in common."""

    reason: str = ""
    questions: str = ""
    effective_at: str = ""
    document_kind: str = ""
    expires_on: str = ""


class SendsMail(Protocol):
    """What this room needs of the room of mail."""

    async def send(
        self,
        *,
        template: str,
        to: str,
        language: str,
        data: Mapping[str, str],
        deduplication_key: str,
        context: Context,
    ) -> object:
        """Send a mail of a template once, however often it is asked for with one key."""
        ...


_TEMPLATES: Mapping[str, str] = {
    SupplierApplied.TYPE: "supplier_application_received",
    SupplierSentBack.TYPE: "supplier_questions",
    SupplierActivated.TYPE: "supplier_activated",
    SupplierRejected.TYPE: "supplier_rejected",
    SupplierSuspended.TYPE: "supplier_suspension_notice",
    SupplierReinstated.TYPE: "supplier_reinstated",
    SupplierNoticeGiven.TYPE: "supplier_leaving_notice",
    SupplierDocumentExpires.TYPE: "document_expiring",
}


def supplier_mails_pipe(*, mail: SendsMail, clock: Clock) -> Pipe:
    """Return the pipe that writes the mails; a change that comes twice writes one."""

    async def handle(changes: Sequence[Change]) -> None:
        # Together, so that their writes share trips to the disk; a failure is told once all had their turn.
        results = await asyncio.gather(*(written(change) for change in changes), return_exceptions=True)
        for result in results:
            if isinstance(result, BaseException):
                raise result

    async def written(change: Change) -> None:
        if change.body is None:
            return
        supplier = SUPPLIERS.record(change.body)
        for event in change.events:
            template = _TEMPLATES.get(event.type)
            if template is None:
                continue
            told = msgspec.json.decode(event.data, type=_Told)
            context = system_context(name=NAME, at=clock.now(), correlation_id=change.correlation_id)
            try:
                await mail.send(
                    template=template,
                    to=supplier.facts.email,
                    language=_LANGUAGE,
                    data=_data(supplier=supplier, told=told, at=change.at),
                    deduplication_key=f"{template}#{supplier.supplier_id}#{change.version}",
                    context=context,
                )
            except RequestInvalid:
                # An applicant may give what is no address; the check of the address says so, and a pipe that
                # stopped over it would help nobody.
                continue

    return Pipe(name=NAME, handle=handle, kinds=frozenset({SUPPLIERS.kind}), event_types=frozenset(_TEMPLATES))


def _data(*, supplier: Supplier, told: _Told, at: datetime) -> dict[str, str]:
    return {
        "supplier_name": supplier.facts.name,
        "reason": told.reason or "-",
        "questions": told.questions or supplier.questions or "-",
        "effective_on": told.effective_at[:10] or at.date().isoformat(),
        "document_name": told.document_kind.replace("_", " ") or "-",
        "expires_on": told.expires_on or "-",
    }
