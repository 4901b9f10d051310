"""Rows that were decided, and how many of them share one commit."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from openaisle.catalog.issues import Correction, Issue
from openaisle.catalog.model import Verdict
from openaisle.inventory.acceptance import Intake
from openaisle.kernel.table import MAXIMUM_WRITES_PER_COMMIT, Check, Write

# One write is left for what the caller adds to each commit: the report on a feed's rows.
WRITES_PER_PACK = MAXIMUM_WRITES_PER_COMMIT - 1
ROWS_PER_PACK = 500
REPORT_BYTES_PER_PACK = 250_000

_ENCODER = msgspec.json.Encoder()


class Registered(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one row. ``submission_id`` is set where a submission stands in the table for it."""

    taken: Intake
    verdict: Verdict
    new: bool = False
    issues: tuple[Issue, ...] = ()
    corrections: tuple[Correction, ...] = ()
    submission_id: str | None = None
    writes: tuple[Write, ...] = ()
    checks: tuple[Check, ...] = ()


def writes_of(pack: Sequence[Registered]) -> list[Write]:
    """Return what the rows of a pack write, each key once, with what must not have changed."""
    writes: dict[object, Write] = {write.key: write for one in pack for write in one.writes}
    for one in pack:
        for check in one.checks:
            writes.setdefault(check.key, check)
    return list(writes.values())


def packs_of(decided: Sequence[Registered]) -> list[list[Registered]]:
    """Split rows into commits: as many rows as fit, in their order, each row whole."""
    packs: list[list[Registered]] = []
    write_count = report_bytes = 0
    for one in decided:
        # Checks of one product may coincide; counting each is on the safe side.
        weight = len(one.writes) + len(one.checks)
        size = len(_ENCODER.encode((one.issues, one.corrections))) if one.issues or one.corrections else 0
        full = (
            not packs
            or write_count + weight > WRITES_PER_PACK
            or report_bytes + size > REPORT_BYTES_PER_PACK
            or len(packs[-1]) >= ROWS_PER_PACK
        )
        if full:
            packs.append([])
            write_count = report_bytes = 0
        packs[-1].append(one)
        write_count += weight
        report_bytes += size
    return packs
