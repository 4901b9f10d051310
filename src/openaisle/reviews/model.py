"""Review tasks: their data, their states and what is refused. Pure; no I/O, no clock."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from openaisle.kernel.errors import NotFound, RequestInvalid, TransitionRefused
from openaisle.kernel.identifiers import derived_identifier

CorrectionValue = str | int | bool | None
"""What a person may put into a field; None empties it."""

NOTES_MAXIMUM = 200


class ReviewState(StrEnum):
    """Where a task stands: waiting for anybody, in somebody's hands, waiting for a second person, or decided."""

    OPEN = "open"
    CLAIMED = "claimed"
    CONFIRMING = "confirming"
    RESOLVED = "resolved"


class Decision(StrEnum):
    """What a task ended with. ``WITHDRAWN`` is never a person's: the subject changed, so nothing is left to decide."""

    APPROVED = "approved"
    CORRECTED = "corrected"
    REJECTED = "rejected"
    SENT_BACK = "sent_back"
    WITHDRAWN = "withdrawn"


class Command(StrEnum):
    """What can be done with a task."""

    CLAIM = "claim"
    RELEASE = "release"
    PROPOSE = "propose"
    RESOLVE = "resolve"
    WITHDRAW = "withdraw"
    ESCALATE = "escalate"


# A claimed task may be claimed by another person, so that an absence blocks nothing. PROPOSE is the first of two
# people who decides; a second one who corrects otherwise proposes anew.
TRANSITIONS: Mapping[tuple[ReviewState, Command], ReviewState] = {
    (ReviewState.OPEN, Command.CLAIM): ReviewState.CLAIMED,
    (ReviewState.CLAIMED, Command.CLAIM): ReviewState.CLAIMED,
    (ReviewState.CONFIRMING, Command.CLAIM): ReviewState.CONFIRMING,
    (ReviewState.CLAIMED, Command.RELEASE): ReviewState.OPEN,
    (ReviewState.CONFIRMING, Command.RELEASE): ReviewState.CONFIRMING,
    (ReviewState.CLAIMED, Command.PROPOSE): ReviewState.CONFIRMING,
    (ReviewState.CONFIRMING, Command.PROPOSE): ReviewState.CONFIRMING,
    (ReviewState.CLAIMED, Command.RESOLVE): ReviewState.RESOLVED,
    (ReviewState.CONFIRMING, Command.RESOLVE): ReviewState.RESOLVED,
    (ReviewState.OPEN, Command.WITHDRAW): ReviewState.RESOLVED,
    (ReviewState.CLAIMED, Command.WITHDRAW): ReviewState.RESOLVED,
    (ReviewState.CONFIRMING, Command.WITHDRAW): ReviewState.RESOLVED,
    (ReviewState.OPEN, Command.ESCALATE): ReviewState.OPEN,
    (ReviewState.CLAIMED, Command.ESCALATE): ReviewState.CLAIMED,
    (ReviewState.CONFIRMING, Command.ESCALATE): ReviewState.CONFIRMING,
}


class ReviewTransitionRefused(TransitionRefused):
    """The review task's state does not allow the command, such as resolving a task that nobody has claimed."""

    code = "review-transition-refused"
    title = "The state of the review task does not allow this"
    mend = "Claim an open task before resolving it; a resolved task stays resolved."


class SecondPersonNeeded(TransitionRefused):
    """The same person tried to give both of the two approvals that a risky fact needs."""

    code = "second-person-needed"
    title = "Somebody else must confirm this"
    mend = "Ask another person to look at the task; rejecting and sending back need only one."


class ReviewTaskMissing(NotFound):
    """There is no review task of that identifier."""

    code = "review-task-missing"
    title = "No such review task"


class CorrectionsMissing(RequestInvalid):
    """A task was to be resolved as corrected, but no correction was given."""

    code = "corrections-missing"
    title = "No correction was given"
    mend = "Give in corrections at least one field with its new value, or choose another decision."


class CorrectionsUnexpected(RequestInvalid):
    """Corrections came with a decision that changes no facts, so it is unclear what is meant."""

    code = "corrections-unexpected"
    title = "Corrections fit only the decision corrected"
    mend = "Choose the decision corrected, or leave the corrections out."


class QuestionsUnexpected(RequestInvalid):
    """Questions came with a decision that asks nobody anything."""

    code = "questions-unexpected"
    title = "Questions fit only the decision sent_back"
    mend = "Choose the decision sent_back, or leave the questions out."


class NotesFull(TransitionRefused):
    """The task holds as many notes as it can."""

    code = "notes-full"
    title = "The task holds no further notes"
    mend = f"A task holds {NOTES_MAXIMUM} notes; decide it, or keep the rest elsewhere."


class ReviewFinding(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Why a person is asked: one thing found about one field of the subject.

    ``check`` is what found it, ``evidence`` what it went by, ``row`` the row of a feed. ``value`` is what the field
    held, so that a rule can know it again; it stays None for what is secret and for what is no single field.
    """

    field: str
    code: str
    severity: str
    message: str
    check: str | None = None
    suggestion: str | None = None
    row: int | None = None
    evidence: dict[str, str] = {}
    value: str | None = None


class ReviewProposal(msgspec.Struct, frozen=True, kw_only=True):
    """A mend that is not certain enough to be made without a person."""

    field: str
    before: CorrectionValue
    after: CorrectionValue
    rule: str


class Resolution(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How a task ended: what was decided, by whom, when and why.

    ``before`` holds what the corrected fields held, as far as the task knew; ``questions`` what the supplier is asked,
    by field. ``confirmed`` is who decided the same first, where two people had to. ``rules`` are the kept rules that
    decided instead of a person.
    """

    decision: Decision
    corrections: dict[str, CorrectionValue]
    reason: str
    by: str
    at: datetime
    before: dict[str, CorrectionValue] = {}
    questions: dict[str, str] = {}
    confirmed: str | None = None
    rules: tuple[str, ...] = ()


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody wrote down about a task for whoever looks at it next."""

    text: str
    by: str
    at: datetime


class Missed(StrEnum):
    """Which promise of the service level was not kept."""

    RESPOND = "respond"
    RESOLVE = "resolve"


class Escalation(msgspec.Struct, frozen=True, kw_only=True):
    """The task was overdue: what was missed, until when it was due, and when that was noticed."""

    missed: Missed
    due_at: datetime
    at: datetime


class ReviewRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A request for a review, as it travels through the manual-verification queue."""

    task_id: str
    subject_kind: str
    subject_id: str
    occasion: str
    causes: tuple[str, ...]
    findings: tuple[ReviewFinding, ...]
    proposals: tuple[ReviewProposal, ...]
    requested_at: datetime
    requested_by: str
    correlation_id: str


class ReviewTask(msgspec.Struct, frozen=True, kw_only=True):
    """One decision that a person must make.

    ``subject_kind`` and ``subject_id`` name what it is about, ``occasion`` which version of it; ``causes`` are
    the codes by which tasks of one sort are found together. ``first_decision`` is what the first of two people decided
    where ``four_eyes`` are needed.
    """

    task_id: str
    subject_kind: str
    subject_id: str
    occasion: str
    state: ReviewState
    causes: tuple[str, ...]
    findings: tuple[ReviewFinding, ...]
    proposals: tuple[ReviewProposal, ...]
    requested_at: datetime
    requested_by: str
    respond_by: datetime | None = None
    resolve_by: datetime | None = None
    escalation_grace_seconds: int = 0
    four_eyes: bool = False
    assignee: str | None = None
    assigned_by: str | None = None
    claimed_at: datetime | None = None
    first_decision: Resolution | None = None
    resolution: Resolution | None = None
    escalations: tuple[Escalation, ...] = ()
    notes: tuple[Note, ...] = ()

    @property
    def next_deadline(self) -> tuple[Missed, datetime] | None:
        """What is missed next and when, unless that is escalated already or the task is decided."""
        missed = {escalation.missed for escalation in self.escalations}
        if self.state is ReviewState.OPEN and self.respond_by is not None and not missed:
            return Missed.RESPOND, self.respond_by
        if self.state is not ReviewState.RESOLVED and self.resolve_by is not None and Missed.RESOLVE not in missed:
            return Missed.RESOLVE, self.resolve_by
        return None

    @property
    def escalates_at(self) -> datetime | None:
        """When the task is escalated if nothing is done until then."""
        deadline = self.next_deadline
        return None if deadline is None else deadline[1] + timedelta(seconds=self.escalation_grace_seconds)

    def is_overdue(self, *, at: datetime) -> bool:
        """Return whether somebody should have taken it on, or decided it, before ``at``."""
        if self.state is ReviewState.RESOLVED or self.resolve_by is None:
            return False
        due = self.respond_by if self.state is ReviewState.OPEN and self.respond_by is not None else self.resolve_by
        return at > min(due, self.resolve_by)


def review_task_id(*, subject_kind: str, subject_id: str, occasion: str) -> str:
    """Return the identifier of the one task about this occasion of the subject, however often it is asked for."""
    return derived_identifier(prefix="tsk", parts=(subject_kind, subject_id, occasion))
