"""Full exports: data, states, and who may change which fact. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from openaisle.kernel.errors import NotFound, OpenAisleError, TransitionRefused

KEPT_FOR = timedelta(days=7)
ATTEMPTS_MAXIMUM = 3
WAITING_MAXIMUM = 20
REASON_LENGTH_MAXIMUM = 500


class ExportFormat(StrEnum):
    """How an export is written: JSON Lines with all offers, or one row a product with its best offer."""

    JSON_LINES = "json_lines"
    CSV = "csv"
    PARQUET = "parquet"
    GOOGLE_XML = "google_xml"


class ExportScope(StrEnum):
    """Which products: those with an offer that can be sold, all that are active, or every one."""

    SELLABLE = "sellable"
    ACTIVE = "active"
    ALL = "all"


class ExportState(StrEnum):
    """Where an export stands."""

    REQUESTED = "requested"
    RUNNING = "running"
    FINISHED = "finished"
    FAILED = "failed"


EXPORT_TRANSITIONS: Mapping[ExportState, frozenset[ExportState]] = {
    ExportState.REQUESTED: frozenset({ExportState.RUNNING, ExportState.FAILED}),
    # A worker that was killed leaves it running; the next one begins it again.
    ExportState.RUNNING: frozenset({ExportState.RUNNING, ExportState.FINISHED, ExportState.FAILED}),
    ExportState.FINISHED: frozenset(),
    ExportState.FAILED: frozenset(),
}


class ExportUnknown(NotFound):
    """There is no export of that identifier, or it belongs to somebody else, or it was removed after its week."""

    code = "product-export-unknown"
    title = "No such export"


class ExportNotReady(TransitionRefused):
    """The export has no file yet, or failed."""

    code = "product-export-not-ready"
    title = "The export has no file"
    mend = "Read the export until its state is finished; ask for another one if it failed."


class ExportTransitionRefused(TransitionRefused):
    """The export is not in a state that allows the step."""

    code = "product-export-transition-refused"
    title = "The state of the export does not allow this"


class TooManyExports(OpenAisleError):
    """So many exports wait that another one would come too late to be of use."""

    code = "too-many-product-exports"
    title = "Too many exports are waiting"
    status = 429
    mend = "Wait until some of them are finished."


class ProductExport(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A full export.

    ``products`` are those written so far, ``byte_count`` the length of the file. ``changes_from`` is the cursor with
    which GET /v1/product-changes tells what changed since the export began. The file is removed at ``expires_at``.
    """

    export_id: str
    format: ExportFormat
    scope: ExportScope
    is_packed: bool
    state: ExportState
    requested_by: str
    products: int = 0
    byte_count: int | None = None
    attempts: int = 0
    changes_from: str | None = None
    reason: str | None = None
    requested_at: datetime
    started_at: datetime | None = None
    finished_at: datetime | None = None
    expires_at: datetime


def _moved(export: ProductExport, state: ExportState, **changes: object) -> ProductExport:
    if state not in EXPORT_TRANSITIONS[export.state]:
        raise ExportTransitionRefused(detail=f"An export that is {export.state} cannot become {state}.")
    return msgspec.structs.replace(export, state=state, **changes)


def decide_started(*, export: ProductExport, changes_from: str | None, at: datetime) -> ProductExport:
    """Return the export as begun, from its start; raises ExportTransitionRefused."""
    return _moved(
        export,
        ExportState.RUNNING,
        started_at=at,
        attempts=export.attempts + 1,
        products=0,
        changes_from=changes_from,
    )


def decide_progress(*, export: ProductExport, products: int) -> ProductExport:
    """Return the export with what is written so far; raises ExportTransitionRefused."""
    return _moved(export, ExportState.RUNNING, products=products)


def decide_finished(*, export: ProductExport, products: int, byte_count: int, at: datetime) -> ProductExport:
    """Return the export with its whole file, which is kept for a week; raises ExportTransitionRefused."""
    return _moved(
        export,
        ExportState.FINISHED,
        products=products,
        byte_count=byte_count,
        finished_at=at,
        expires_at=at + KEPT_FOR,
    )


def decide_failed(*, export: ProductExport, reason: str, at: datetime) -> ProductExport:
    """Return the export as given up; raises ExportTransitionRefused."""
    return _moved(export, ExportState.FAILED, reason=reason[:REASON_LENGTH_MAXIMUM], finished_at=at)
