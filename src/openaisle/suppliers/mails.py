"""Tells suppliers by mail what becomes of them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

import msgspec
from babel.languages import get_official_languages

from openaisle.kernel.context import Clock, Context, system_context
from openaisle.kernel.errors import RequestInvalid
from openaisle.kernel.pipe import Pipe
from openaisle.kernel.stream import Change
from openaisle.suppliers.countries import is_country_code
from openaisle.suppliers.events import (
    SupplierActivated,
    SupplierAnswerOverdue,
    SupplierApplied,
    SupplierDocumentExpires,
    SupplierNoticeGiven,
    SupplierNoticeWithdrawn,
    SupplierOffboarded,
    SupplierPayoutsFrozen,
    SupplierPayoutsReleased,
    SupplierReinstated,
    SupplierRejected,
    SupplierRevised,
    SupplierRevisionApplied,
    SupplierRevisionDiscarded,
    SupplierSentBack,
    SupplierSuspended,
)
from openaisle.suppliers.facts import SupplierFacts
from openaisle.suppliers.model import Supplier
from openaisle.suppliers.repository import SUPPLIERS

NAME = "supplier-mails"
_FIRST_LANGUAGE = "en"


class _Told(msgspec.Struct, frozen=True, kw_only=True):
    """What the events that are told by mail have in common."""

    reason: str = ""
    questions: str = ""
    effective_at: str = ""
    document_kind: str = ""
    expires_on: str = ""
    fields: tuple[str, ...] = ()


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
    SupplierNoticeWithdrawn.TYPE: "supplier_stays",
    SupplierOffboarded.TYPE: "supplier_offboarded",
    SupplierDocumentExpires.TYPE: "document_expiring",
    SupplierAnswerOverdue.TYPE: "supplier_answer_overdue",
    SupplierRevised.TYPE: "supplier_revision_received",
    SupplierRevisionApplied.TYPE: "supplier_revision_applied",
    SupplierRevisionDiscarded.TYPE: "supplier_revision_discarded",
    SupplierPayoutsFrozen.TYPE: "supplier_payouts_frozen",
    SupplierPayoutsReleased.TYPE: "supplier_payouts_released",
}


def language_of(*, facts: SupplierFacts) -> str:
    """Return the language a supplier is written to in: its own choice, else its country's first, else English.

    Where there is no translation into it, the room of mail takes English.
    """
    if facts.language is not None:
        return facts.language
    spoken = get_official_languages(facts.country) if is_country_code(text=facts.country) else ()
    return spoken[0] if spoken else _FIRST_LANGUAGE


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
            told = msgspec.json.decode(event.data, type=_Told)
            template = _template(event_type=event.type, told=told, at=change.at)
            if template is None:
                continue
            context = system_context(name=NAME, at=clock.now(), correlation_id=change.correlation_id)
            try:
                await mail.send(
                    template=template,
                    to=supplier.facts.email,
                    language=language_of(facts=supplier.facts),
                    data=_data(supplier=supplier, told=told, at=change.at),
                    deduplication_key=f"{template}#{supplier.supplier_id}#{change.version}",
                    context=context,
                )
            except RequestInvalid:
                # An applicant may give what is no address; the check of the address says so, and a pipe that
                # stopped over it would help nobody.
                continue

    return Pipe(name=NAME, handle=handle, kinds=frozenset({SUPPLIERS.kind}), event_types=frozenset(_TEMPLATES))


def _template(*, event_type: str, told: _Told, at: datetime) -> str | None:
    if event_type == SupplierRevisionApplied.TYPE and not told.fields:
        # Verified again as it was: nothing has changed that the supplier should hear of.
        return None
    if event_type == SupplierDocumentExpires.TYPE and told.expires_on < at.date().isoformat():
        return "document_expired"
    return _TEMPLATES.get(event_type)


def _data(*, supplier: Supplier, told: _Told, at: datetime) -> dict[str, str]:
    return {
        "supplier_name": supplier.facts.name,
        "reason": told.reason or "-",
        "questions": told.questions or supplier.questions or "-",
        "effective_on": told.effective_at[:10] or at.date().isoformat(),
        "document_name": told.document_kind.replace("_", " ") or "-",
        "expires_on": told.expires_on or "-",
        "changes": ", ".join(dict.fromkeys(_plain(field) for field in told.fields)) or "-",
    }


def _plain(field: str) -> str:
    """Return what a fact is called in a mail: its name, without where it stands in a list."""
    return " ".join(part for part in field.split(".") if not part.isdecimal()).replace("_", " ")
