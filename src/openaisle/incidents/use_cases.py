"""Incidents opened, talked over and settled. Each command is one commit."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import Protocol

import msgspec

from openaisle.incidents.access import party_of, require_party
from openaisle.incidents.commands import NewIncident, NewMessage, Objection, Settlement
from openaisle.incidents.deciding import (
    Actor,
    Made,
    Refunded,
    decide_due,
    decide_escalation,
    decide_message,
    decide_reopening,
    decide_resolution,
    opened,
    require_outcome,
)
from openaisle.incidents.model import (
    OPEN,
    Incident,
    IncidentFull,
    IncidentMessage,
    IncidentReferenceReused,
    IncidentRefused,
    IncidentState,
    Party,
    incident_identifier,
    unknown_incident,
)
from openaisle.incidents.policy import IncidentPolicy
from openaisle.incidents.repository import (
    INCIDENT_PREFIX,
    INCIDENTS,
    MESSAGES,
    incident_key,
    incidents_partition,
    message_key,
    number_of,
)
from openaisle.kernel.context import Context, Role
from openaisle.kernel.encryption import FieldCipher
from openaisle.kernel.identifiers import derived_identifier
from openaisle.kernel.records import Versioned, decided_anew
from openaisle.kernel.table import Table, Write
from openaisle.kernel.times import sortable_time
from openaisle.orders.model import Order, unknown_order
from openaisle.orders.purchase_order import PurchaseOrder, PurchaseOrderUnknown
from openaisle.orders.queries import OrderQueries

_INCIDENTS_MAXIMUM = 90
_ENCODER = msgspec.json.Encoder()


class Draft(Protocol):
    """A refund that is not written yet."""

    @property
    def refund_id(self) -> str:
        """Its identifier."""
        ...

    @property
    def amount_minor(self) -> int:
        """What goes back in all."""
        ...

    @property
    def writes(self) -> tuple[Write, ...]:
        """What makes it."""
        ...


class DraftsRefunds(Protocol):
    """What this room needs of the room of returns: a refund never exceeds what was paid."""

    async def drafted(
        self,
        *,
        order_id: str,
        incident_id: str,
        purchase_order_id: str | None,
        lines: Sequence[tuple[int, int, int]],
        reason: str,
        context: Context,
    ) -> Draft:
        """Return a refund to be written together with the incident it settles."""
        ...


class Incidents:
    """The use cases of incidents."""

    def __init__(
        self, *, table: Table, orders: OrderQueries, refunds: DraftsRefunds, cipher: FieldCipher, policy: IncidentPolicy
    ) -> None:
        """Take the table, what reads orders, what makes refunds, what encrypts messages, and the policy."""
        self._table = table
        self._orders = orders
        self._refunds = refunds
        self._cipher = cipher
        self._policy = policy

    async def open(self, *, order_id: str, wanted: NewIncident, context: Context) -> Incident:
        """Open an incident about an order; the same request again gives the same incident.

        A supplier names its purchase order. Raises OrderUnknown, PurchaseOrderUnknown, IncidentReferenceReused or
        IncidentFull.
        """
        by = actor_of(context)

        async def attempt() -> Incident:
            order, purchase_orders = await self._orders.whole(order_id=order_id)
            about = _about(order=order, purchase_orders=purchase_orders, wanted=wanted, context=context)
            incidents = await self._of_order(order_id=order_id)
            for one in incidents:
                if (one.reference, one.opened_by) == (wanted.reference, by.party):
                    require_party(record=one, principal=context.principal)
                    _require_same(record=one, wanted=wanted)
                    return one
            record = self._new(order=order, about=about, wanted=wanted, incidents=incidents, by=by)
            made = opened(record=record, by=by, policy=self._policy)
            first = NewMessage(reference=wanted.reference, text=wanted.text)
            message = self._message(record=made.record, wanted=first, by=by)
            writes = [INCIDENTS.create(made.record, events=made.events), MESSAGES.create(message)]
            await self._table.commit(writes=writes, context=context)
            return made.record

        return await decided_anew(attempt)

    async def say(self, *, incident_id: str, wanted: NewMessage, context: Context) -> Incident:
        """Say something; the same message again changes nothing.

        Raises IncidentUnknown, AudienceWrong, IncidentReferenceReused, IncidentSettled or IncidentFull.
        """
        by = actor_of(context)

        async def attempt() -> Incident:
            found = await self._read(incident_id=incident_id, context=context)
            message = self._message(record=found.record, wanted=wanted, by=by)
            item = await self._table.get(key=message_key(incident_id=incident_id, message_id=message.message_id))
            if item is not None:
                self._require_said(known=MESSAGES.record(item.body), wanted=wanted)
                return found.record
            made = decide_message(record=found.record, message=message, by=by, policy=self._policy)
            numbered = msgspec.structs.replace(message, number=made.record.message_count)
            return await self._commit(found=found, made=made, beside=[MESSAGES.create(numbered)], context=context)

        return await decided_anew(attempt)

    async def escalate(self, *, incident_id: str, objection: Objection, context: Context) -> Incident:
        """Let the operator decide from now on; again changes nothing. Raises IncidentUnknown or IncidentSettled."""
        by = actor_of(context)
        return await self.change(
            incident_id=incident_id,
            context=context,
            decide=lambda one: decide_escalation(record=one, reason=objection.reason, by=by, policy=self._policy),
        )

    async def reopen(self, *, incident_id: str, objection: Objection, context: Context) -> Incident:
        """Object to how an incident was settled. Raises IncidentUnknown or IncidentRefused."""
        by = actor_of(context)
        return await self.change(
            incident_id=incident_id,
            context=context,
            decide=lambda one: decide_reopening(record=one, reason=objection.reason, by=by, policy=self._policy),
        )

    async def resolve(self, *, incident_id: str, settlement: Settlement, context: Context) -> Incident:
        """Settle an incident, with the refund that belongs to it in one commit; settled so before, nothing changes.

        Raises IncidentUnknown, ResolutionInvalid, IncidentSettled, and what a refund may raise.
        """
        by = actor_of(context)
        require_outcome(party=by.party, outcome=settlement.outcome, has_refund=bool(settlement.refund))

        async def attempt() -> Incident:
            found = await self._read(incident_id=incident_id, context=context)
            record = found.record
            refund: Refunded | None = None
            beside: Sequence[Write] = ()
            if settlement.refund and record.state in OPEN:
                if by.party is Party.SUPPLIER and record.purchase_order_id is None:
                    detail = f"{incident_id} names no purchase order; only the operator may refund."
                    raise IncidentRefused(detail=detail)
                drafted = await self._refunds.drafted(
                    order_id=record.order_id,
                    incident_id=incident_id,
                    purchase_order_id=record.purchase_order_id,
                    lines=[(one.line_number, one.amount_minor, one.shipping_minor) for one in settlement.refund],
                    reason=settlement.reason,
                    context=context,
                )
                refund, beside = Refunded(drafted.refund_id, drafted.amount_minor), drafted.writes
            made = decide_resolution(
                record=record,
                outcome=settlement.outcome,
                reason=settlement.reason,
                refund=refund,
                by=by,
                policy=self._policy,
            )
            if made.record is record:
                return record
            return await self._commit(found=found, made=made, beside=beside, context=context)

        return await decided_anew(attempt)

    async def come_due(self, *, incident_id: str, context: Context) -> Incident:
        """Do what a deadline brings; nothing before it has passed. Raises IncidentUnknown."""
        by = actor_of(context)
        return await self.change(
            incident_id=incident_id,
            context=context,
            decide=lambda one: decide_due(record=one, by=by, policy=self._policy),
        )

    async def change(self, *, incident_id: str, decide: Callable[[Incident], Made], context: Context) -> Incident:
        """Put what ``decide`` makes of an incident into force; raises IncidentUnknown and what it raises."""

        async def attempt() -> Incident:
            found = await self._read(incident_id=incident_id, context=context)
            made = decide(found.record)
            if made.record is found.record:
                return found.record
            return await self._commit(found=found, made=made, beside=(), context=context)

        return await decided_anew(attempt)

    async def _commit(
        self, *, found: Versioned[Incident], made: Made, beside: Sequence[Write], context: Context
    ) -> Incident:
        write = INCIDENTS.replace(made.record, version=found.version, events=made.events)
        await self._table.commit(writes=[write, *beside], context=context)
        return made.record

    async def _read(self, *, incident_id: str, context: Context) -> Versioned[Incident]:
        item = await self._table.get(key=incident_key(incident_id=incident_id))
        if item is None:
            raise unknown_incident(incident_id=incident_id)
        found = INCIDENTS.decode(item)
        require_party(record=found.record, principal=context.principal)
        return found

    async def _of_order(self, *, order_id: str) -> list[Incident]:
        page = await self._table.query(
            partition=incidents_partition(order_id=order_id), sort_prefix=INCIDENT_PREFIX, limit=_INCIDENTS_MAXIMUM + 9
        )
        return [INCIDENTS.record(item.body) for item in page.items]

    def _new(
        self,
        *,
        order: Order,
        about: PurchaseOrder | None,
        wanted: NewIncident,
        incidents: Sequence[Incident],
        by: Actor,
    ) -> Incident:
        if len(incidents) >= _INCIDENTS_MAXIMUM:
            raise IncidentFull(detail=f"The order has {len(incidents)} incidents.")
        number = max((number_of(one.incident_id) for one in incidents), default=0) + 1
        moment = sortable_time(by.at)
        return Incident(
            incident_id=incident_identifier(order_id=order.order_id, number=number),
            order_id=order.order_id,
            storefront_id=order.storefront_id,
            order_reference=order.reference,
            reference=wanted.reference,
            fingerprint=fingerprint_of(wanted=wanted),
            opened_by=by.party,
            kind=wanted.kind,
            state=IncidentState.WAITING_FOR_OPERATOR,
            opened_at=moment,
            changed_at=moment,
            due_at=None,
            currency=order.currency,
            line_numbers=tuple(sorted(set(wanted.line_numbers))),
            purchase_order_id=about.purchase_order_id if about is not None else None,
            supplier_id=about.supplier_id if about is not None else None,
            escalated=about is None,
            message_count=1,
        )

    def _message(self, *, record: Incident, wanted: NewMessage, by: Actor) -> IncidentMessage:
        parts = (record.incident_id, by.party.value, wanted.reference)
        message_id = derived_identifier(prefix="msg", parts=parts)
        place = text_place(incident_id=record.incident_id, message_id=message_id)
        return IncidentMessage(
            incident_id=record.incident_id,
            message_id=message_id,
            number=record.message_count,
            at=sortable_time(by.at),
            author=by.party,
            actor=by.actor,
            audience=wanted.audience,
            text=self._cipher.encrypt(plaintext=wanted.text.encode(), place=place),
        )

    def _require_said(self, *, known: IncidentMessage, wanted: NewMessage) -> None:
        place = text_place(incident_id=known.incident_id, message_id=known.message_id)
        text = self._cipher.decrypt(ciphertext=known.text, place=place).decode()
        if (text, known.audience) != (wanted.text, wanted.audience):
            raise IncidentReferenceReused(detail=f"The reference is that of {known.message_id}, with another text.")


def actor_of(context: Context) -> Actor:
    """Return who decides in a context, and when."""
    return Actor(party_of(context.principal), context.principal.actor, context.at)


def text_place(*, incident_id: str, message_id: str) -> str:
    """Return the place to which the encryption of a message is bound."""
    return f"incident/{incident_id}/{message_id}"


def fingerprint_of(*, wanted: NewIncident) -> str:
    """Return what recognizes the content of a request."""
    return hashlib.blake2b(_ENCODER.encode(wanted), digest_size=16).hexdigest()


def _require_same(*, record: Incident, wanted: NewIncident) -> None:
    if record.fingerprint != fingerprint_of(wanted=wanted):
        raise IncidentReferenceReused(detail=f"The reference is that of {record.incident_id}, with another content.")


def _about(
    *, order: Order, purchase_orders: Sequence[PurchaseOrder], wanted: NewIncident, context: Context
) -> PurchaseOrder | None:
    """Return the purchase order it is about, None where the operator has to sort it out."""
    principal = context.principal
    if principal.role is Role.STOREFRONT and order.storefront_id != principal.subject_id:
        raise unknown_order(order_id=order.order_id)
    if wanted.purchase_order_id is not None:
        for one in purchase_orders:
            own = principal.role is not Role.SUPPLIER or one.supplier_id == principal.subject_id
            if one.purchase_order_id == wanted.purchase_order_id and own:
                return one
        raise PurchaseOrderUnknown(detail=f"There is no purchase order {wanted.purchase_order_id[:64]}.")
    if principal.role is Role.SUPPLIER:
        raise unknown_order(order_id=order.order_id)
    numbers = set(wanted.line_numbers)
    live = [
        one
        for one in purchase_orders
        if any(line.is_live and (not numbers or line.line_number in numbers) for line in one.lines)
    ]
    return live[0] if len({one.supplier_id for one in live}) == 1 else None
