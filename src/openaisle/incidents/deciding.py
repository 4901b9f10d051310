"""What becomes of an incident: pure decisions about whose turn it is, and until when."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, NamedTuple

import msgspec

from openaisle.incidents.events import (
    IncidentClosed,
    IncidentEscalated,
    IncidentFileAdded,
    IncidentMessageAdded,
    IncidentOpened,
    IncidentOverdue,
    IncidentReopened,
    IncidentResolved,
)
from openaisle.incidents.model import (
    ATTACHMENTS_MAXIMUM,
    MESSAGES_MAXIMUM,
    OPEN,
    TRANSITIONS,
    Attachment,
    Audience,
    AudienceWrong,
    Incident,
    IncidentFull,
    IncidentMessage,
    IncidentNote,
    IncidentRefused,
    IncidentSettled,
    IncidentState,
    Outcome,
    Party,
    Resolution,
    ResolutionInvalid,
)
from openaisle.incidents.policy import IncidentPolicy
from openaisle.kernel.records import Event
from openaisle.kernel.times import sortable_time

_REOPENED_MAXIMUM = 3
_NOTES_MAXIMUM = 200
_SPEAKS_TO = {
    Party.SHOPPER: frozenset({Audience.EVERYONE, Audience.STOREFRONT}),
    Party.SUPPLIER: frozenset({Audience.EVERYONE, Audience.SUPPLIER}),
    Party.OPERATOR: frozenset(Audience),
}
_SETTLES_AS = {
    Party.SHOPPER: frozenset({Outcome.ANSWERED, Outcome.WITHDRAWN}),
    Party.SUPPLIER: frozenset({Outcome.ANSWERED, Outcome.REFUNDED}),
    Party.OPERATOR: frozenset(Outcome) - {Outcome.NO_ANSWER},
}


class Made(NamedTuple):
    """An incident after a decision, and what others are told of it."""

    record: Incident
    events: tuple[Event, ...] = ()


class Actor(NamedTuple):
    """Who decides something, and when."""

    party: Party
    actor: str
    at: datetime


class Refunded(NamedTuple):
    """The refund that settles an incident."""

    refund_id: str
    amount_minor: int


def opened(*, record: Incident, by: Actor, policy: IncidentPolicy) -> Made:
    """Return a new incident with whose turn it is first."""
    state = _after_word(record=record, party=by.party, audience=Audience.EVERYONE)
    made = _moved(record=record, state=state, by=by, policy=policy, action="opened")
    return Made(made, (IncidentOpened(**_names(made), opened_by=by.party.value, due_at=made.due_at),))


def decide_message(*, record: Incident, message: IncidentMessage, by: Actor, policy: IncidentPolicy) -> Made:
    """Let somebody say something, and the turn go to whom it is for.

    Raises AudienceWrong, IncidentSettled or IncidentFull.
    """
    require_audience(party=by.party, audience=message.audience)
    require_open(record=record)
    if record.message_count >= MESSAGES_MAXIMUM:
        raise IncidentFull(detail=f"{record.incident_id} has {record.message_count} messages.")
    counted = msgspec.structs.replace(record, message_count=record.message_count + 1)
    state = _after_word(record=record, party=by.party, audience=message.audience)
    made = _moved(record=counted, state=state, by=by, policy=policy, action="")
    names = _names(made)
    event = IncidentMessageAdded(
        **_told_to(names, message.audience),
        message_id=message.message_id,
        author=message.author.value,
        audience=message.audience.value,
        due_at=made.due_at,
    )
    if state is IncidentState.WAITING_FOR_OPERATOR and not record.escalated:
        escalated = msgspec.structs.replace(made, escalated=True)
        return Made(escalated, (event, IncidentEscalated(**names, reason="asked for by a message")))
    return Made(made, (event,))


def decide_attachment(*, record: Incident, attachment: Attachment, by: Actor) -> Made:
    """Let somebody hand a file in. Raises AudienceWrong, IncidentSettled or IncidentFull."""
    require_audience(party=by.party, audience=attachment.audience)
    require_open(record=record)
    if record.attachment_count >= ATTACHMENTS_MAXIMUM:
        raise IncidentFull(detail=f"{record.incident_id} has {record.attachment_count} files.")
    changed = msgspec.structs.replace(record, attachment_count=record.attachment_count + 1)
    event = IncidentFileAdded(
        **_told_to(_names(changed), attachment.audience),
        attachment_id=attachment.attachment_id,
        author=attachment.author.value,
        audience=attachment.audience.value,
    )
    return Made(changed, (event,))


def decide_escalation(*, record: Incident, reason: str, by: Actor, policy: IncidentPolicy) -> Made:
    """Let the operator decide from now on; escalated again changes nothing. Raises IncidentSettled."""
    require_open(record=record)
    if record.state is IncidentState.WAITING_FOR_OPERATOR:
        return Made(record)
    named = msgspec.structs.replace(record, escalated=True)
    made = _moved(
        record=named, state=IncidentState.WAITING_FOR_OPERATOR, by=by, policy=policy, action="escalated", note=reason
    )
    return Made(made, (IncidentEscalated(**_names(made), reason=reason),))


def require_outcome(*, party: Party, outcome: Outcome, has_refund: bool) -> None:
    """Raise ResolutionInvalid unless the party may settle an incident so."""
    if outcome not in _SETTLES_AS[party]:
        raise ResolutionInvalid(detail=f"{party.value} cannot settle an incident as {outcome.value}.")
    if has_refund != (outcome is Outcome.REFUNDED):
        raise ResolutionInvalid(detail="Refund lines go with the outcome refunded, and only with it.")


def decide_resolution(
    *, record: Incident, outcome: Outcome, reason: str, refund: Refunded | None, by: Actor, policy: IncidentPolicy
) -> Made:
    """Settle an incident; settled in the same way again changes nothing. Raises IncidentSettled."""
    known = record.resolution
    if record.state not in OPEN:
        if known is not None and (known.outcome, known.reason) == (outcome, reason):
            return Made(record)
        raise IncidentSettled(detail=f"{record.incident_id} is {record.state}.")
    resolution = Resolution(
        outcome=outcome,
        at=sortable_time(by.at),
        actor=by.actor,
        reason=reason,
        refund_id=refund.refund_id if refund is not None else None,
        refund_minor=refund.amount_minor if refund is not None else 0,
    )
    named = msgspec.structs.replace(record, resolution=resolution)
    made = _moved(
        record=named, state=IncidentState.RESOLVED, by=by, policy=policy, action="resolved", note=outcome.value
    )
    event = IncidentResolved(
        **_names(made), outcome=outcome.value, refund_id=resolution.refund_id, refund_minor=resolution.refund_minor
    )
    return Made(made, (event,))


def decide_reopening(*, record: Incident, reason: str, by: Actor, policy: IncidentPolicy) -> Made:
    """Let the operator look again at what was settled. Raises IncidentRefused once it is too late, or too often."""
    if record.state in OPEN:
        return Made(record)
    if record.state is not IncidentState.RESOLVED or record.due_at is None or record.due_at < sortable_time(by.at):
        raise IncidentRefused(detail=f"{record.incident_id} was settled too long ago.")
    if record.reopened_count >= _REOPENED_MAXIMUM:
        raise IncidentRefused(detail=f"{record.incident_id} was opened again {record.reopened_count} times.")
    named = msgspec.structs.replace(record, escalated=True, resolution=None, reopened_count=record.reopened_count + 1)
    made = _moved(
        record=named, state=IncidentState.WAITING_FOR_OPERATOR, by=by, policy=policy, action="reopened", note=reason
    )
    return Made(made, (IncidentReopened(**_names(made)),))


def decide_due(*, record: Incident, by: Actor, policy: IncidentPolicy) -> Made:
    """Do what a deadline brings; what was closed long ago is erased by who asked, not here."""
    if record.due_at is None or record.due_at > sortable_time(by.at):
        return Made(record)
    if record.state is IncidentState.WAITING_FOR_SUPPLIER:
        return decide_escalation(record=record, reason="no answer in time", by=by, policy=policy)
    if record.state is IncidentState.WAITING_FOR_SHOPPER:
        return decide_resolution(record=record, outcome=Outcome.NO_ANSWER, reason="", refund=None, by=by, policy=policy)
    if record.state is IncidentState.WAITING_FOR_OPERATOR:
        due_at = _due_at(state=record.state, at=by.at, policy=policy)
        late = msgspec.structs.replace(record, overdue=True, due_at=due_at)
        return Made(late, (IncidentOverdue(**_names(late)),))
    if record.state is IncidentState.RESOLVED:
        made = _moved(record=record, state=IncidentState.CLOSED, by=by, policy=policy, action="closed")
        return Made(made, (IncidentClosed(**_names(made)),))
    return Made(record)


def erased(*, record: Incident, by: Actor) -> Incident:
    """Return the incident once what was said in it is gone: without free texts."""
    note = IncidentNote(at=sortable_time(by.at), actor=by.actor, action="erased")
    resolution = record.resolution and msgspec.structs.replace(record.resolution, reason="")
    told = (msgspec.structs.replace(one, note="") for one in record.history)
    # A fingerprint would tell whether somebody guessed what was said.
    return msgspec.structs.replace(
        record, erased=True, due_at=None, fingerprint="", resolution=resolution, history=(*told, note)
    )


def require_open(*, record: Incident) -> None:
    """Raise IncidentSettled unless something can still be said."""
    if record.state not in OPEN:
        raise IncidentSettled(detail=f"{record.incident_id} is {record.state}.")


def require_audience(*, party: Party, audience: Audience) -> None:
    """Raise AudienceWrong unless the party may speak to the audience."""
    if audience not in _SPEAKS_TO[party]:
        raise AudienceWrong(detail=f"{party.value} cannot write to {audience.value}.")


def _after_word(*, record: Incident, party: Party, audience: Audience) -> IncidentState:
    """Return whose turn it is after somebody spoke."""
    if audience is Audience.OPERATOR:
        return record.state
    if party is Party.OPERATOR:
        asked = IncidentState.WAITING_FOR_SUPPLIER if audience is Audience.SUPPLIER else None
        return asked or IncidentState.WAITING_FOR_SHOPPER
    # Who writes past the other side, or of what the operator has in hand, writes to the operator.
    if record.escalated or record.supplier_id is None or audience is not Audience.EVERYONE:
        return IncidentState.WAITING_FOR_OPERATOR
    return IncidentState.WAITING_FOR_SUPPLIER if party is Party.SHOPPER else IncidentState.WAITING_FOR_SHOPPER


def _moved(
    *, record: Incident, state: IncidentState, by: Actor, policy: IncidentPolicy, action: str, note: str = ""
) -> Incident:
    if state is not record.state and state not in TRANSITIONS[record.state]:
        raise IncidentRefused(detail=f"{record.incident_id} is {record.state}, it cannot become {state}.")
    moment = sortable_time(by.at)
    same = state is record.state and not action
    history = record.history
    if action and len(history) < _NOTES_MAXIMUM:
        history = (*history, IncidentNote(at=moment, actor=by.actor, action=action, note=note))
    return msgspec.structs.replace(
        record,
        state=state,
        changed_at=moment,
        # Who writes twice does not have the others answer later.
        due_at=record.due_at if same else _due_at(state=state, at=by.at, policy=policy),
        overdue=record.overdue and same,
        history=history,
    )


def _due_at(*, state: IncidentState, at: datetime, policy: IncidentPolicy) -> str:
    waits = {
        IncidentState.WAITING_FOR_SUPPLIER: timedelta(hours=policy.answer_within_hours),
        IncidentState.WAITING_FOR_SHOPPER: timedelta(hours=policy.shopper_within_hours),
        IncidentState.WAITING_FOR_OPERATOR: timedelta(hours=policy.decide_within_hours),
        IncidentState.RESOLVED: timedelta(days=policy.reopen_within_days),
        IncidentState.CLOSED: timedelta(days=policy.kept_days),
    }
    return sortable_time(at + waits[state])


def _names(record: Incident) -> dict[str, Any]:
    return {
        "incident_id": record.incident_id,
        "order_id": record.order_id,
        "order_reference": record.order_reference,
        "purchase_order_id": record.purchase_order_id,
        "storefront_id": record.storefront_id,
        "supplier_id": record.supplier_id,
        "kind": record.kind.value,
        "state": record.state.value,
    }


def _told_to(names: dict[str, Any], audience: Audience) -> dict[str, Any]:
    """Return the names without those outside parties that the word is not for."""
    told = dict(names)
    if not audience.reaches(Party.SHOPPER):
        told["storefront_id"] = None
    if not audience.reaches(Party.SUPPLIER):
        told["supplier_id"] = None
    return told
