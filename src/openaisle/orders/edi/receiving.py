"""Interchanges of suppliers: each read once, each document for itself, and answered by one 997."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

import msgspec

from openaisle.kernel.context import Context, Principal, Role
from openaisle.kernel.identifiers import derived_identifier
from openaisle.kernel.records import Versioned, decided_anew
from openaisle.kernel.table import CommitRefused, Index, Table, Write
from openaisle.kernel.times import sortable_time
from openaisle.orders.connections import SupplierConnections
from openaisle.orders.edi.applying import EdiDocuments
from openaisle.orders.edi.envelope import FUNCTIONAL_IDENTIFIERS, NewSet
from openaisle.orders.edi.events import InterchangeReceived
from openaisle.orders.edi.functional import (
    functional_acknowledgment,
    interchange_acknowledgment,
    is_accepted,
    read_functional_acknowledgment,
    verdict_words,
)
from openaisle.orders.edi.interchange import VERSION_UNKNOWN, Group, Interchange, TransactionSet, read_file
from openaisle.orders.edi.model import (
    TEXT_KEPT,
    Direction,
    EdiInterchange,
    InterchangeState,
    PartnerUnknown,
    SetOutcome,
    decide_answered,
    kept_sets,
)
from openaisle.orders.edi.outgoing import OutgoingInterchanges
from openaisle.orders.edi.repository import INTERCHANGES, group_partition, interchange_key, received_partition
from openaisle.orders.edi.validation import SetReport, report_on
from openaisle.orders.exchange import Taken
from openaisle.suppliers.x12 import X12Settings

# The codes of TA1 for which nothing of an interchange is read.
_FATAL = frozenset({"001", "005", "006", "007", "008", "018", "020", "025"})
_MEANINGS = {
    "001": "the control numbers of header and trailer differ",
    "005": "the sender's qualifier is not the one agreed upon",
    "006": "the sender is not the one agreed upon",
    "007": "the receiver's qualifier is not the one agreed upon",
    "008": "the receiver is not the one agreed upon",
    "018": "the control number is none",
    "020": "it is a test where the partner is not, or the other way round",
    "021": "the trailer counts other groups than came",
    "022": "segments stand outside of groups and sets, or there are too many",
    "023": "it ends without its trailer",
    "025": "the control number was used before, with other contents",
}
_FUNCTIONAL = "FA"
_RECENT_GROUPS = 5


class Received(NamedTuple):
    """What became of one interchange: its record, and whether it had been taken in before."""

    interchange: EdiInterchange
    repeated: bool


class _Document(NamedTuple):
    report: SetReport
    outcome: SetOutcome


class EdiReceiver:
    """Takes in files of interchanges; implements FileTaker. The same interchange again changes nothing."""

    def __init__(
        self,
        *,
        table: Table,
        suppliers: SupplierConnections,
        documents: EdiDocuments,
        outgoing: OutgoingInterchanges,
    ) -> None:
        """Take the ports, what knows the partners, what applies documents, and what sends the 997."""
        self._table = table
        self._suppliers = suppliers
        self._documents = documents
        self._outgoing = outgoing

    async def take(self, *, supplier_id: str, name: str, content: bytes, context: Context) -> Taken:
        """Take in a file that was left; its note tells of each interchange what became of it."""
        received, findings = await self.receive(supplier_id=supplier_id, name=name, content=content, context=context)
        lines = [_told(one) for one in received] + list(findings)
        readable = any(one.interchange.state is InterchangeState.PROCESSED for one in received)
        return Taken(readable=readable, note="\n".join(lines)[:4_000])

    async def receive(
        self, *, supplier_id: str, name: str, content: bytes, context: Context
    ) -> tuple[list[Received], Sequence[str]]:
        """Take in a supplier's file; return what became of each interchange, and what stood between them.

        Raises X12Unreadable, PartnerUnknown, or what is to be tried again.
        """
        connection = await self._suppliers.connection(supplier_id=supplier_id, at=context.at)
        if connection is None or connection.x12 is None:
            raise PartnerUnknown(detail=f"{supplier_id[:40]} is not connected by X12.")
        # Large files take a while, in which others are to be served.
        file = await asyncio.to_thread(read_file, content=content)
        # What a supplier's file does is done by the supplier, whoever carried it.
        own = msgspec.structs.replace(context, principal=Principal(role=Role.SUPPLIER, subject_id=supplier_id))
        received = [
            await decided_anew(
                partial(
                    self._received,
                    interchange=one,
                    supplier_id=supplier_id,
                    settings=connection.x12,
                    name=name,
                    context=own,
                )
            )
            for one in file.interchanges
        ]
        return received, file.findings

    async def _received(
        self, *, interchange: Interchange, supplier_id: str, settings: X12Settings, name: str, context: Context
    ) -> Received:
        digest = hashlib.blake2b(interchange.text.strip().encode(), digest_size=16).hexdigest()
        errors = [*_partner_errors(interchange=interchange, settings=settings), *interchange.errors]
        known = await self._known(supplier_id=supplier_id, control_number=interchange.control_number)
        same = next((one for one in known if one.record.digest == digest), None)
        if same is not None and same.record.state is InterchangeState.PROCESSED:
            return Received(same.record, repeated=True)
        # What came cut or damaged may come again whole under its number: documents that were read are known again.
        if any(one.record.state is InterchangeState.PROCESSED and not one.record.notes for one in known):
            errors.append("025")
        refused = bool(set(errors) & _FATAL)
        if same is not None and same.record.state is InterchangeState.REFUSED and refused:
            return Received(same.record, repeated=True)
        if same is None:
            same = await self._begun(
                interchange=interchange, supplier_id=supplier_id, name=name, digest=digest, context=context
            )
        if refused:
            record = await self._finished(
                found=same, interchange=interchange, errors=errors, documents=[], settings=settings, context=context
            )
            return Received(record, repeated=False)
        documents = [
            (group, await self._group(group=group, record=same.record, context=context)) for group in interchange.groups
        ]
        record = await self._finished(
            found=same,
            interchange=interchange,
            errors=errors,
            documents=documents,
            settings=settings,
            context=context,
        )
        return Received(record, repeated=False)

    async def _known(self, *, supplier_id: str, control_number: str) -> list[Versioned[EdiInterchange]]:
        page = await self._table.query(
            partition=received_partition(supplier_id=supplier_id),
            index=Index.SECOND,
            sort_prefix=f"{control_number[:9].zfill(9)}#",
        )
        return [INTERCHANGES.decode(item) for item in page.items]

    async def _begun(
        self, *, interchange: Interchange, supplier_id: str, name: str, digest: str, context: Context
    ) -> Versioned[EdiInterchange]:
        # Derived, so that of two who take in the same at once one finds what the other began.
        interchange_id = derived_identifier(prefix="edi", parts=(supplier_id, interchange.control_number, digest))
        record = EdiInterchange(
            interchange_id=interchange_id,
            supplier_id=supplier_id,
            direction=Direction.IN,
            control_number=interchange.control_number[:9],
            created_at=sortable_time(context.at),
            state=InterchangeState.TAKEN,
            file_name="".join(one if one.isprintable() else "?" for one in name)[:200],
            test=interchange.test,
            digest=digest,
            blob=f"edi/{supplier_id}/{interchange_id}",
            text_until=sortable_time(context.at + TEXT_KEPT),
        )
        await self._outgoing.keep(interchange=record, text=interchange.text)
        await self._table.commit(writes=[INTERCHANGES.create(record)], context=context)
        return Versioned(record, 1)

    async def _group(self, *, group: Group, record: EdiInterchange, context: Context) -> list[_Document]:
        documents = []
        for one in group.sets:
            report = report_on(one)
            if VERSION_UNKNOWN in group.errors:
                report = msgspec.structs.replace(report, verdict="R")
            documents.append(await self._document(one=one, report=report, record=record, context=context))
        return documents

    async def _document(
        self, *, one: TransactionSet, report: SetReport, record: EdiInterchange, context: Context
    ) -> _Document:
        subjects: tuple[str, ...] = ()
        notes = tuple(_described(report))
        if is_accepted(report.verdict):
            if one.code == "997":
                subjects, told = await self._answered(one=one, supplier_id=record.supplier_id, context=context)
            else:
                subjects, told = await self._documents.apply(
                    one=one,
                    supplier_id=record.supplier_id,
                    interchange_id=record.interchange_id,
                    context=context,
                )
            notes = (*notes, *told)
        outcome = SetOutcome(
            code=one.code[:6],
            control_number=one.control_number[:9],
            verdict=report.verdict,
            subjects=subjects[:20],
            notes=notes[:30],
        )
        return _Document(report, outcome)

    async def _answered(
        self, *, one: TransactionSet, supplier_id: str, context: Context
    ) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Record a 997 with the interchange of ours that it answers."""
        verdict = read_functional_acknowledgment(one)
        if verdict is None:
            return (), ("group_unknown: AK1 names no group",)
        sets = {
            each.control_number.zfill(4): SetOutcome(
                code=each.code, control_number=each.control_number, verdict=each.verdict, notes=each.notes
            )
            for each in verdict.sets
        }

        async def attempt() -> tuple[EdiInterchange | None, tuple[str, ...]]:
            page = await self._table.query(
                partition=group_partition(supplier_id=supplier_id),
                index=Index.SECOND,
                sort_prefix=f"{verdict.control_number:09d}#",
                limit=_RECENT_GROUPS,
                descending=True,
            )
            for item in page.items:
                found = INTERCHANGES.decode(item)
                codes = {FUNCTIONAL_IDENTIFIERS.get(each.code) for each in found.record.sets}
                if verdict.functional_identifier in codes:
                    changed, events = decide_answered(interchange=found.record, verdict=verdict.verdict, sets=sets)
                    if changed is not found.record:
                        write = INTERCHANGES.replace(changed, version=found.version, events=events)
                        await self._table.commit(writes=[write], context=context)
                    rejected = [each for each in changed.sets if not is_accepted(each.verdict)]
                    return changed, tuple(subject for each in rejected for subject in each.subjects)
            return None, ()

        answered, rejected = await decided_anew(attempt)
        if answered is None:
            return (), (f"group_unknown: no group {verdict.control_number} of ours awaits an answer",)
        if rejected:
            note = f"997: {verdict_words('R')} in interchange {answered.control_number}"
            await self._documents.note(purchase_order_ids=rejected, notes=(note,), context=context)
        return (answered.interchange_id,), ()

    async def _finished(
        self,
        *,
        found: Versioned[EdiInterchange],
        interchange: Interchange,
        errors: Sequence[str],
        documents: Sequence[tuple[Group, list[_Document]]],
        settings: X12Settings,
        context: Context,
    ) -> EdiInterchange:
        """Commit what was found together with the 997 that tells it, so that each is told once."""
        refused = bool(set(errors) & _FATAL)
        outcomes = [one.outcome for _, group in documents for one in group]
        record = msgspec.structs.replace(
            found.record,
            state=InterchangeState.REFUSED if refused else InterchangeState.PROCESSED,
            sets=kept_sets(outcomes),
            set_count=len(outcomes),
            notes=tuple(f"{code}: {_MEANINGS.get(code, 'its envelope is broken')}" for code in errors),
        )
        event = InterchangeReceived(
            supplier_id=record.supplier_id,
            interchange_id=record.interchange_id,
            set_count=len(outcomes),
            rejected_count=sum(1 for one in outcomes if not is_accepted(one.verdict)),
        )
        sets = _acknowledgments(documents)
        envelope = []
        if errors or interchange.wants_acknowledgment:
            envelope.append(interchange_acknowledgment(interchange=interchange, errors=errors))

        async def attempt() -> EdiInterchange:
            item = await self._table.get(key=interchange_key(interchange_id=record.interchange_id))
            version = found.version if item is None else INTERCHANGES.decode(item).version
            if item is not None and INTERCHANGES.record(item.body).state is InterchangeState.PROCESSED:
                # Somebody else read it at the same time, and has told the partner.
                return INTERCHANGES.record(item.body)
            writes: list[Write] = [INTERCHANGES.replace(record, version=version, events=(event,))]
            if not sets and not envelope:
                await self._table.commit(writes=writes, context=context)
                return record
            prepared = await self._outgoing.prepared(
                supplier_id=record.supplier_id,
                settings=settings,
                sets=sets,
                subjects=[(record.interchange_id,) for _ in sets],
                expects_answer=False,
                context=context,
                acknowledgments=envelope,
            )
            try:
                await self._table.commit(writes=[*prepared.writes, *writes], context=context)
            except CommitRefused:
                await self._outgoing.discard(prepared=prepared)
                raise
            await self._outgoing.try_to_leave(prepared=prepared, context=context)
            return record

        return await decided_anew(attempt)


def _acknowledgments(documents: Sequence[tuple[Group, list[_Document]]]) -> list[NewSet]:
    return [
        functional_acknowledgment(group=group, reports=[one.report for one in found])
        for group, found in documents
        # Acknowledgments are not acknowledged, else two partners would never come to an end.
        if group.functional_identifier != _FUNCTIONAL
    ]


def _partner_errors(*, interchange: Interchange, settings: X12Settings) -> list[str]:
    wanted = (
        ("005", interchange.sender_qualifier, settings.partner_qualifier),
        ("006", interchange.sender, settings.partner_identifier),
        ("007", interchange.receiver_qualifier, settings.own_qualifier),
        ("008", interchange.receiver, settings.own_identifier),
    )
    errors = [code for code, told, agreed in wanted if told.strip() != agreed.strip()]
    if interchange.test != settings.test:
        errors.append("020")
    return errors


def _described(report: SetReport) -> list[str]:
    """Return what is wrong with a document, in words."""
    notes = [f"997 code {code}" for code in report.errors if code != "5"]
    for one in report.segments[:10]:
        where = ", ".join(f"element {each.position}: code {each.code}" for each in one.elements[:5])
        notes.append(f"segment {one.tag[:10]} at {one.position}: {where or 'code ' + one.code}")
    return notes


def _told(one: Received) -> str:
    record = one.interchange
    if one.repeated:
        return f"Interchange {record.control_number}: had been taken in before; nothing changed."
    if record.state is InterchangeState.REFUSED:
        return f"Interchange {record.control_number}: refused. {'; '.join(record.notes)}."
    notes = [f"{each.code} {each.control_number}: {note}" for each in record.sets for note in each.notes]
    told = "; ".join(notes) or "nothing was wrong"
    return f"Interchange {record.control_number}: {record.set_count} documents; {told}."
