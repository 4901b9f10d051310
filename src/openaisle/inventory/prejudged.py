"""Rows of feeds come judged: what is left to ask is what only the standing offer can tell."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from openaisle.catalog.issues import DOUBTS, Issue, IssueCode, issue
from openaisle.catalog.policy import CatalogPolicy
from openaisle.catalog.validation import Validated, validate
from openaisle.inventory.acceptance import Intake, Known, candidate
from openaisle.kernel.table import Item, Put, Table, Write


class Judged(Validated, frozen=True, kw_only=True):
    """A row that was judged with its whole table.

    ``doubted`` means that a rule over the table asks a person, ``corrected`` that it was mended, also where its
    corrections are told elsewhere.
    """

    doubted: bool = False
    corrected: bool = False

    @property
    def mended(self) -> bool:
        """Return whether anything was corrected."""
        return self.corrected or bool(self.corrections)

    @property
    def doubtful(self) -> bool:
        """Return whether no error but a doubt stands against the row."""
        return not self.rejected and (self.doubted or any(one.code in DOUBTS for one in self.issues))


def findings_of(*, table: Sequence[Intake], known: Known, policy: CatalogPolicy) -> list[Validated]:
    """Return what is found about each row: rows that come judged are only compared with their offer."""
    unjudged = [candidate(taken=taken, known=known) for taken in table if taken.judged is None]
    validated = iter(validate(table=unjudged, policy=policy))
    return [
        next(validated)
        if taken.judged is None
        else _compared(taken=taken, judged=taken.judged, known=known, policy=policy)
        for taken in table
    ]


def _compared(*, taken: Intake, judged: Validated, known: Known, policy: CatalogPolicy) -> Validated:
    asked = candidate(taken=taken, known=known)
    if asked.settled:
        issues = tuple(one for one in judged.issues if one.code not in DOUBTS)
        return msgspec.structs.replace(judged, issues=issues, **_undoubted(judged))
    if asked.last_price is None:
        return judged
    (found,) = validate(table=[msgspec.structs.replace(asked, issues=(), corrections=())], policy=policy)
    told = {one.code for one in judged.issues}
    jumped = tuple(one for one in found.issues if one.code is IssueCode.PRICE_JUMPED and one.code not in told)
    return msgspec.structs.replace(judged, issues=(*judged.issues, *jumped)) if jumped else judged


def _undoubted(judged: Validated) -> dict[str, bool]:
    return {"doubted": False} if isinstance(judged, Judged) else {}


def is_overtaken(*, taken: Intake, known: Known, at: datetime) -> bool:
    """Return whether something newer than the feed has changed the offer since the feed was handed in."""
    offer = known.offers.get(taken.offer_id)
    return taken.feed_id is not None and offer is not None and offer.record.changed_at > at


def overtaken_issue(*, taken: Intake) -> Issue:
    """Return the issue that tells of it."""
    message = "The offer was changed after this feed was handed in; the newer word stays."
    return issue(code=IssueCode.SUBMISSION_SUPERSEDED, field="", message=message, row=taken.row)


async def standing_before(*, table: Table, writes: Sequence[Write]) -> list[Item]:
    """Return what stands at the keys that are written over; the conditions of the writes see that it is still so."""
    keys = [write.key for write in writes if isinstance(write, Put) and write.expected_version != 0]
    return [item for item in await table.get_many(keys=keys) if item is not None]
