"""Which of the allocation engine's reasons an order keeps: all of them, unless there are too many to be read.

A supplier may put any number of offers on one product; an order that kept a verdict on each could not be stored.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from openaisle.orders.allocating.model import Assessment, LineDecision, Verdict

MAXIMUM_ASSESSMENTS = 300

# Whoever came closest to filling the line tells most.
_TELLING = (
    Verdict.CHOSEN,
    Verdict.BETTER_FOUND,
    Verdict.REFUSED_BEFORE,
    Verdict.TOO_LITTLE_STOCK,
    Verdict.CAPACITY_REACHED,
    Verdict.ARRIVES_TOO_LATE,
    Verdict.SHIPPING_OPTION_MISSING,
    Verdict.AGE_NOT_PROVEN,
    Verdict.SHIPS_NOT_THERE,
    Verdict.HAZARDOUS_GOODS_REFUSED,
    Verdict.NO_STOCK,
    Verdict.OFFER_PAUSED,
    Verdict.CURRENCY_DIFFERS,
    Verdict.SUPPLIER_NOT_ACTIVE,
    Verdict.PRODUCT_NOT_ACTIVE,
    Verdict.OFFER_WITHDRAWN,
    Verdict.UNKNOWN,
)
_RANK = {verdict: rank for rank, verdict in enumerate(_TELLING)}


def kept_reasons(*, lines: Sequence[LineDecision]) -> tuple[LineDecision, ...]:
    """Return the decisions with the most telling assessments, and in ``left_out`` how many of a line are not kept."""
    if sum(len(line.assessments) for line in lines) <= MAXIMUM_ASSESSMENTS:
        return tuple(lines)
    room = max(1, MAXIMUM_ASSESSMENTS // len(lines))
    return tuple(_kept(line=line, room=room) for line in lines)


def _kept(*, line: LineDecision, room: int) -> LineDecision:
    ranked = sorted(line.assessments, key=_rank)
    filling = sum(one.verdict is Verdict.CHOSEN for one in ranked)
    kept = tuple(ranked[: max(room, filling)])
    return msgspec.structs.replace(line, assessments=kept, left_out=len(ranked) - len(kept))


def _rank(assessment: Assessment) -> tuple[int, int]:
    return _RANK[assessment.verdict], assessment.score_minor or 0
