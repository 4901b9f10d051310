"""The page on which a supplier says what the columns of its file mean, and sees the first rows judged."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.responses import RedirectResponse, Response

from openaisle.entrypoints.portal.door import PortalVisit
from openaisle.entrypoints.portal.fields import STEPS
from openaisle.entrypoints.portal.mapping_form import (
    CONSTANT_FIELDS,
    drawn_columns,
    drawn_rows,
    main_fields,
    open_categories,
    read_form,
)
from openaisle.feeds.mapping.fields import label_of
from openaisle.feeds.mapping.model import FeedMapping, MappingState
from openaisle.feeds.mapping.preview import FeedPreviews, Preview
from openaisle.feeds.mapping.use_cases import MappingUseCases
from openaisle.kernel.errors import OpenAisleError
from openaisle.suppliers.queries import SupplierQueries

_ROWS_SHOWN = 12
# The cells of these are often words of a supplier's own; attributes always may be.
_VALUED_FIELDS = ("condition", "category", "currency", "on_hand", "brand", "location", "lead_time_days")
_LABELS = {name: label_of(field=name) for name in CONSTANT_FIELDS}


@dataclass(frozen=True, kw_only=True)
class MappingRooms:
    """What these pages ask and call."""

    suppliers: SupplierQueries
    mappings: MappingUseCases
    previews: FeedPreviews


class MappingPages:
    """Shows, tries and confirms the mapping of a feed."""

    def __init__(self, *, rooms: MappingRooms) -> None:
        """Take what is asked and called."""
        self._rooms = rooms

    async def show(self, visit: PortalVisit) -> Response:
        """Show the columns with what they mean or may mean, and the first rows."""
        preview = await self._preview(visit, mapping=None)
        return await self._shown(visit, preview=preview, suggested=preview.state is MappingState.PROPOSED)

    async def submit(self, visit: PortalVisit) -> Response:
        """Try what the form says, or confirm it."""
        base = await self._preview(visit, mapping=None)
        stated = read_form(sent=visit.form, base=base.mapping)
        try:
            if visit.form.get("action") == "confirm":
                await self._rooms.mappings.confirm_for_feed(
                    scope=visit.scope, feed_id=_feed_id(visit), mapping=stated, context=visit.context
                )
                return RedirectResponse(f"/portal/feeds/{_feed_id(visit)}/mapping?done=mapped", status_code=303)
            return await self._shown(visit, preview=await self._preview(visit, mapping=stated), suggested=False)
        except OpenAisleError as error:
            if error.status >= 500:
                raise
            return await self._shown(visit, preview=base, suggested=True, problem=error)

    async def _preview(self, visit: PortalVisit, *, mapping: FeedMapping | None) -> Preview:
        return await self._rooms.previews.preview(
            scope=visit.scope, feed_id=_feed_id(visit), mapping=mapping, rows=_ROWS_SHOWN, context=visit.context
        )

    async def _shown(
        self, visit: PortalVisit, *, preview: Preview, suggested: bool, problem: OpenAisleError | None = None
    ) -> Response:
        view = await self._rooms.suppliers.own(scope=visit.scope, at=visit.now)
        return visit.page(
            template="portal_mapping",
            problem=problem,
            view=view,
            steps=STEPS,
            preview=preview,
            rows=drawn_rows(preview=preview),
            columns=drawn_columns(preview=preview, suggested=suggested),
            fields=main_fields(),
            constants=[(name, _LABELS[name], preview.mapping.constants.get(name, "")) for name in CONSTANT_FIELDS],
            valued_fields=_VALUED_FIELDS,
            constant_fields=CONSTANT_FIELDS,
            categories=open_categories(preview=preview),
            confirmed=preview.state is MappingState.CONFIRMED,
        )


def _feed_id(visit: PortalVisit) -> str:
    return str(visit.request.path_params["feed_id"])
