"""Groups of doubtful rows: their data, their states, and the decisions about them. Pure; no I/O, no clock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum

import msgspec

from openaisle.catalog.issues import Correction, CorrectionRule
from openaisle.catalog.model import SubmissionFacts
from openaisle.catalog.validation import with_person_corrections
from openaisle.feeds.model import FeedCounts
from openaisle.kernel.errors import NotFound, RequestInvalid, TransitionRefused
from openaisle.kernel.identifiers import derived_identifier
from openaisle.reviews.model import CorrectionValue, Decision
from openaisle.reviews.patterns import Match

SUBJECT_KIND = "product_rows"
"""The kind under which groups are known to the reviews."""

ATTRIBUTE_PREFIX = "attribute."
# What identifies a row, or is money, differs from row to row: one value for all of them would be wrong.
CORRECTABLE = frozenset({"title", "description", "brand", "part_number", "category", "variant_group"})
PARTS_MAXIMUM = 14


class GroupState(StrEnum):
    """Where a group stands: waiting for a person, being applied row by row, or done."""

    OPEN = "open"
    DECIDED = "decided"
    SETTLED = "settled"


class ReviewGroupUnknown(NotFound):
    """There is no such group of rows, or it belongs to another supplier."""

    code = "review-group-unknown"
    title = "No such group of rows"


class ReviewGroupTransitionRefused(TransitionRefused):
    """The group is not in a state that allows the step."""

    code = "review-group-transition-refused"
    title = "The state of the group does not allow this"


class GroupCorrectionUnfit(RequestInvalid):
    """A field was to be set for a whole group that differs from row to row, or a value does not fit it."""

    code = "group-correction-unfit"
    title = "That cannot be corrected for all rows at once"
    mend = "Correct texts and attributes; identifiers, prices and quantities differ from row to row."


class Doubt(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One finding that all rows of a group share: its code, its field, and which values of the field are meant.

    ``example`` is the value of one of the rows; None where the finding is about no single value.
    """

    code: str
    field: str
    message: str
    match: Match = Match.WILDCARD
    pattern: str = "*"
    suggestion: str | None = None
    example: str | None = None


class DoubtedRow(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One row of a group, as an example: ``values`` are those of the fields in doubt."""

    feed_id: str
    row: int
    supplier_sku: str
    title: str = ""
    values: dict[str, str] = {}


class GroupPart(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The rows that one feed brought into a group; ``attempt`` and ``signature`` say where they stand among the blobs.

    ``done_through`` is the last row that is applied. ``batch`` is the feed's batch under which the next rows are
    reported, None until it is reserved; ``batches`` are those used so far.
    """

    feed_id: str
    attempt: int
    rows: int
    done_through: int = 0
    batch: int | None = None
    batches: tuple[int, ...] = ()
    finished: bool = False


class GroupDecision(msgspec.Struct, frozen=True, kw_only=True):
    """What a person decided about all rows of a group."""

    task_id: str
    decision: Decision
    corrections: dict[str, CorrectionValue]
    reason: str
    by: str
    at: datetime


class ReviewGroup(msgspec.Struct, frozen=True, kw_only=True):
    """Rows of a supplier that are in doubt for the same cause.

    ``rows`` counts those of all ``parts``, the newest feed last; ``counts`` what became of them since the decision.
    """

    group_id: str
    supplier_id: str
    signature: str
    state: GroupState = GroupState.OPEN
    doubts: tuple[Doubt, ...]
    rows: int
    parts: tuple[GroupPart, ...]
    samples: tuple[DoubtedRow, ...] = ()
    decision: GroupDecision | None = None
    counts: FeedCounts = FeedCounts()
    opened_at: datetime
    changed_at: datetime

    @property
    def causes(self) -> tuple[str, ...]:
        """The codes for which a person is asked."""
        return tuple(sorted({one.code for one in self.doubts}))

    @property
    def next_part(self) -> GroupPart | None:
        """The part to apply next: the newest first, so that what it says is not overtaken by older words."""
        return next((part for part in reversed(self.parts) if not part.finished), None)


class Gathered(msgspec.Struct, frozen=True, kw_only=True):
    """The rows of one feed that are in doubt for one cause."""

    signature: str
    doubts: tuple[Doubt, ...]
    rows: int
    samples: tuple[DoubtedRow, ...]


def group_id_of(*, supplier_id: str, signature: str, feed_id: str) -> str:
    """Return the identifier of the group that a feed opens for a cause."""
    return derived_identifier(prefix="grp", parts=(supplier_id, signature, feed_id))


def opened_group(*, supplier_id: str, gathered: Gathered, part: GroupPart, at: datetime) -> ReviewGroup:
    """Return the group that a feed opens."""
    return ReviewGroup(
        group_id=group_id_of(supplier_id=supplier_id, signature=gathered.signature, feed_id=part.feed_id),
        supplier_id=supplier_id,
        signature=gathered.signature,
        doubts=gathered.doubts,
        rows=gathered.rows,
        parts=(part,),
        samples=gathered.samples,
        opened_at=at,
        changed_at=at,
    )


def decide_joined(*, group: ReviewGroup, gathered: Gathered, part: GroupPart, at: datetime) -> ReviewGroup:
    """Return an open group with the rows of another feed; of many feeds the oldest are let go.

    Raises ReviewGroupTransitionRefused.
    """
    _require(group=group, state=GroupState.OPEN)
    others = tuple(one for one in group.parts if one.feed_id != part.feed_id)
    parts = (*others, part)[-PARTS_MAXIMUM:]
    return msgspec.structs.replace(
        group, parts=parts, rows=sum(one.rows for one in parts), samples=gathered.samples, changed_at=at
    )


def decide_decided(*, group: ReviewGroup, decision: GroupDecision) -> ReviewGroup:
    """Return the group as being applied; raises ReviewGroupTransitionRefused."""
    _require(group=group, state=GroupState.OPEN)
    return msgspec.structs.replace(group, state=GroupState.DECIDED, decision=decision, changed_at=decision.at)


def decide_part(*, group: ReviewGroup, part: GroupPart, counts: FeedCounts, at: datetime) -> ReviewGroup:
    """Return the group with the progress of one part; ``counts`` are those of the rows just done.

    Raises ReviewGroupTransitionRefused.
    """
    _require(group=group, state=GroupState.DECIDED)
    parts = tuple(part if one.feed_id == part.feed_id else one for one in group.parts)
    changed = msgspec.structs.replace(group, parts=parts, counts=group.counts + counts, changed_at=at)
    if changed.next_part is not None:
        return changed
    return msgspec.structs.replace(changed, state=GroupState.SETTLED)


def require_group_corrections(corrections: Mapping[str, CorrectionValue]) -> None:
    """Refuse what cannot be set for all rows at once; raises GroupCorrectionUnfit."""
    for field, value in corrections.items():
        name = field.removeprefix(ATTRIBUTE_PREFIX)
        if field not in CORRECTABLE and (name == field or not name.strip()):
            raise GroupCorrectionUnfit(detail=f"{field[:100]} is not corrected for all rows at once.")
        if not (value is None or isinstance(value, str)) or (field == "title" and not value):
            raise GroupCorrectionUnfit(detail=f"{value!r} is no text for {field[:100]}.")


def corrected_facts(
    *, facts: SubmissionFacts, corrections: Mapping[str, CorrectionValue], by: str
) -> tuple[SubmissionFacts, tuple[Correction, ...]]:
    """Return the facts of a row with what was decided for its group, and what that changed."""
    attributes = dict(facts.attributes)
    for field, value in corrections.items():
        name = field.removeprefix(ATTRIBUTE_PREFIX)
        if name == field:
            continue
        attributes.pop(name, None)
        if value is not None:
            attributes[name] = str(value)
    own: dict[str, str | int | bool | None] = {
        field: value for field, value in corrections.items() if field in CORRECTABLE
    }
    changed, made = with_person_corrections(facts=facts, corrections=own)
    changed = msgspec.structs.replace(changed, attributes=attributes)
    return changed, tuple(_told(before=facts, after=changed, fields=list(corrections), made=made, by=by))


def _told(
    *, before: SubmissionFacts, after: SubmissionFacts, fields: Sequence[str], made: Sequence[Correction], by: str
) -> list[Correction]:
    told = [msgspec.structs.replace(one, who=by) for one in made]
    for field in fields:
        name = field.removeprefix(ATTRIBUTE_PREFIX)
        if name != field:
            old, new = before.attributes.get(name, ""), after.attributes.get(name, "")
            told.append(
                Correction(field=field, before=old[:200], after=new[:200], rule=CorrectionRule.REVIEWER, who=by)
            )
    return told


def _require(*, group: ReviewGroup, state: GroupState) -> None:
    if group.state is not state:
        raise ReviewGroupTransitionRefused(detail=f"The group is {group.state.value}, not {state.value}.")
