"""A supplier's duties, the clocks they set, and what each passing day makes of them. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from enum import StrEnum

import msgspec

from openaisle.duties.events import DutyOverdue
from openaisle.duties.sales import (
    DISCLOSURE_MINIMUM_MINOR,
    REVENUE_MINIMUM_MINOR,
    SALES_MINIMUM,
    Volume,
    months_after,
)
from openaisle.kernel.errors import TransitionRefused

INFORM_DAYS = timedelta(days=10)
_KEPT_MONTHS = 6
_INFORM = "15 U.S.C. 45f"
_DSA = "Regulation (EU) 2022/2065"


class DutyKind(StrEnum):
    """What the law asks."""

    COLLECT = "inform_collect"
    VERIFY = "inform_verify"
    CERTIFY = "inform_certify"
    SUSPEND = "inform_suspend"
    TRADER = "dsa_trader_data"
    DELETE = "dsa_delete"


class ClockState(StrEnum):
    """Where a clock stands: it runs, has run out, or what it is about was done."""

    RUNNING = "running"
    OVERDUE = "overdue"
    DONE = "done"


class NothingToCertify(TransitionRefused):
    """The supplier's particulars are not complete, so that nobody can certify them."""

    code = "nothing-to-certify"
    title = "The particulars are not complete"
    mend = "Complete what GET /v1/suppliers/{supplier_id}/duties lists as missing, then certify."


class TraderStanding(msgspec.Struct, frozen=True, kw_only=True):
    """What the duties depend on in a supplier: what it has told, and whether it was verified.

    ``sells_itself`` is False where the operator sells and the supplier only ships. ``left_on`` is when
    the contract ended.
    """

    missing_for_inform: tuple[str, ...]
    missing_for_traders: tuple[str, ...]
    is_verified: bool
    sells_itself: bool
    may_sell: bool
    left_on: date | None


class Clock(msgspec.Struct, frozen=True, kw_only=True):
    """Something the law asks of a supplier: what, by which day, why, and where it is written.

    The duty is kept in time through all of ``due_on``, UTC; it is overdue from the day after.
    """

    kind: DutyKind
    state: ClockState
    due_on: date | None
    title: str
    explanation: str
    source: str

    @property
    def key(self) -> str:
        """The name of this one clock, among those of the same kind."""
        return f"{self.kind.value}#{self.due_on}"


class SupplierDuties(msgspec.Struct, frozen=True, kw_only=True):
    """The record of a supplier's duties.

    ``high_volume_on`` is the day on which it was found to be a high-volume supplier. ``noticed`` and ``overdue_told``
    hold by clock the day on which the supplier was told of it, and told that it is overdue.
    """

    supplier_id: str
    volume: Volume
    high_volume_on: date | None = None
    collected_on: date | None = None
    verified_on: date | None = None
    certified_on: date | None = None
    certified_by: str | None = None
    noticed: Mapping[str, date] = msgspec.field(default_factory=dict)
    overdue_told: Mapping[str, date] = msgspec.field(default_factory=dict)
    clocks: tuple[Clock, ...] = ()
    looked_at_on: date | None = None

    @property
    def next_due_on(self) -> date | None:
        """The day by which the next thing is to be done, None if nothing is."""
        return min((one.due_on for one in self.clocks if one.due_on and one.state is not ClockState.DONE), default=None)


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What a day makes of the duties: the record, the clocks to send notices and reminders of, and what is overdue."""

    duties: SupplierDuties
    notices: tuple[Clock, ...]
    overdue: tuple[Clock, ...]
    events: tuple[DutyOverdue, ...]
    suspension_due: Clock | None


def decide_day(*, duties: SupplierDuties, volume: Volume, trader: TraderStanding, today: date) -> Outcome:
    """Return what ``today`` makes of the duties; the same day again makes the same of them and tells nothing twice."""
    high_volume_on = (duties.high_volume_on or today) if volume.is_high and trader.sells_itself else None
    complete = not trader.missing_for_inform
    collected_on = (duties.collected_on or today) if complete else None
    verified_on = (duties.verified_on or today) if complete and trader.is_verified else None
    counted = msgspec.structs.replace(
        duties,
        volume=volume,
        high_volume_on=high_volume_on,
        collected_on=collected_on,
        verified_on=verified_on,
        looked_at_on=today,
    )
    clocks = _clocks(duties=counted, trader=trader, today=today)
    told = [one for one in clocks if one.kind not in {DutyKind.SUSPEND, DutyKind.DELETE}]
    notices = tuple(
        one
        for one in told
        if one.state is ClockState.RUNNING and _is_near(one, today) and one.key not in counted.noticed
    )
    overdue = tuple(one for one in told if one.state is ClockState.OVERDUE and one.key not in counted.overdue_told)
    after = msgspec.structs.replace(
        counted,
        noticed={**_living(counted.noticed, told), **{one.key: today for one in notices}},
        overdue_told={**_living(counted.overdue_told, told), **{one.key: today for one in overdue}},
    )
    # A notice given today sets the clock of the suspension, which therefore is read from the record as it is now.
    after = msgspec.structs.replace(after, clocks=_clocks(duties=after, trader=trader, today=today))
    suspension = next((one for one in after.clocks if one.kind is DutyKind.SUSPEND), None)
    is_due = suspension is not None and suspension.state is ClockState.OVERDUE and trader.may_sell
    return Outcome(
        duties=after,
        notices=notices,
        overdue=overdue,
        events=tuple(
            DutyOverdue(supplier_id=duties.supplier_id, duty=one.kind.value, due_on=str(one.due_on)) for one in overdue
        ),
        suspension_due=suspension if is_due else None,
    )


def decide_certified(*, duties: SupplierDuties, trader: TraderStanding, by: str, today: date) -> SupplierDuties:
    """Return the duties after the supplier certified its particulars; raises NothingToCertify."""
    if trader.missing_for_inform:
        raise NothingToCertify(detail=f"{', '.join(trader.missing_for_inform)} is not told.")
    return msgspec.structs.replace(duties, certified_on=today, certified_by=by)


def _is_near(clock: Clock, today: date) -> bool:
    return clock.due_on is not None and today >= clock.due_on - INFORM_DAYS


def _living(told: Mapping[str, date], clocks: list[Clock]) -> dict[str, date]:
    keys = {one.key for one in clocks if one.state is not ClockState.DONE}
    return {key: day for key, day in told.items() if key in keys}


def _clocks(*, duties: SupplierDuties, trader: TraderStanding, today: date) -> tuple[Clock, ...]:
    clocks = [*_inform(duties, trader, today), *_services(trader, today)]
    overdue = [duties.overdue_told[one.key] for one in clocks if one.key in duties.overdue_told]
    if overdue and trader.left_on is None:
        clocks.append(_suspension(min(overdue), today))
    return tuple(clocks)


def _inform(duties: SupplierDuties, trader: TraderStanding, today: date) -> list[Clock]:
    since = duties.high_volume_on
    if since is None or trader.left_on is not None:
        return []
    missing = ", ".join(trader.missing_for_inform)
    collect_by = since + INFORM_DAYS
    clocks = [
        Clock(
            kind=DutyKind.COLLECT,
            state=_state(done=duties.collected_on is not None, due_on=collect_by, today=today),
            due_on=collect_by,
            title="Provide bank account, tax id and contact",
            explanation=f"{volume_explanation(duties.volume)} Found on {since}; ten days to provide what is asked for"
            + (f": {missing} is missing." if missing else ": everything is there."),
            source=f"{_INFORM}(a)(1)",
        )
    ]
    if duties.collected_on is not None:
        verify_by = max(duties.collected_on, since) + INFORM_DAYS
        clocks.append(
            Clock(
                kind=DutyKind.VERIFY,
                state=_state(done=duties.verified_on is not None, due_on=verify_by, today=today),
                due_on=verify_by,
                title="Verify what was provided",
                explanation=f"Everything was there on {duties.collected_on}; ten days to verify it.",
                source=f"{_INFORM}(a)(2)",
            )
        )
    if duties.verified_on is not None:
        anchor = max(duties.certified_on or duties.verified_on, since)
        notice_on = months_after(day=anchor, months=12)
        clocks.append(
            Clock(
                kind=DutyKind.CERTIFY,
                state=_state(done=False, due_on=notice_on + INFORM_DAYS, today=today),
                due_on=notice_on + INFORM_DAYS,
                title="Certify that the particulars are still right",
                explanation=f"Last {'certified' if duties.certified_on else 'verified'} on {anchor}; asked again "
                f"after a year, on {notice_on}, with ten days to answer.",
                source=f"{_INFORM}(a)(1)(B)",
            )
        )
    return clocks


def _services(trader: TraderStanding, today: date) -> list[Clock]:
    if trader.left_on is not None:
        delete_on = months_after(day=trader.left_on, months=_KEPT_MONTHS)
        explanation = f"The contract ended on {trader.left_on}; trader data are kept for six months and then deleted."
        return [
            Clock(
                kind=DutyKind.DELETE,
                state=ClockState.RUNNING if today <= delete_on else ClockState.OVERDUE,
                due_on=delete_on,
                title="Delete the trader's data",
                explanation=explanation,
                source=f"{_DSA}, Article 30(5)",
            )
        ]
    missing = ", ".join(trader.missing_for_traders)
    return [
        Clock(
            kind=DutyKind.TRADER,
            state=ClockState.DONE if not missing else ClockState.RUNNING,
            due_on=None,
            title="Tell who trades",
            explanation=f"{missing} is missing; it is needed before products are offered to shoppers in the Union."
            if missing
            else "Everything is told that is needed before products are offered to shoppers in the Union.",
            source=f"{_DSA}, Article 30(1)",
        )
    ]


def _suspension(noticed_on: date, today: date) -> Clock:
    due_on = noticed_on + INFORM_DAYS
    return Clock(
        kind=DutyKind.SUSPEND,
        state=_state(done=False, due_on=due_on, today=today),
        due_on=due_on,
        title="Suspend until the duty is done",
        explanation=f"Told on {noticed_on} that a duty is overdue; ten days to do it, then it may not sell.",
        source=f"{_INFORM}(a)(1)(C)",
    )


def _state(*, done: bool, due_on: date, today: date) -> ClockState:
    if done:
        return ClockState.DONE
    return ClockState.RUNNING if today <= due_on else ClockState.OVERDUE


def volume_explanation(volume: Volume) -> str:
    """Return in a sentence what was counted, over which days, and what the law compares it with."""
    others = "".join(f" {count} sales in {currency} are not counted." for currency, count in volume.not_counted.items())
    window = volume.deciding
    if window is None:
        return f"No sales in US dollars in the last 24 months.{others}"
    return (
        f"{window.sales} sales (threshold {SALES_MINIMUM}) of {_dollars(window.revenue_minor)} (threshold "
        f"{_dollars(REVENUE_MINIMUM_MINOR)}) from {window.first} through {window.last}, the deciding twelve months "
        f"of the last 24.{others}"
    )


def disclosure_explanation(volume: Volume) -> str:
    """Return in a sentence whether shoppers must be told who the supplier is, and why."""
    highest = volume.highest.revenue_minor if volume.highest is not None else 0
    reached = "must" if volume.must_disclose else "need not"
    return (
        f"Shoppers {reached} be told under {_INFORM}(b): at most {_dollars(highest)} in twelve months (threshold "
        f"{_dollars(DISCLOSURE_MINIMUM_MINOR)}, for high-volume suppliers)."
    )


def _dollars(amount_minor: int) -> str:
    return f"${amount_minor // 100:,}.{amount_minor % 100:02d}"
