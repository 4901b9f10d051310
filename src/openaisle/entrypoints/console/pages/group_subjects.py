"""Groups of doubtful rows of feeds, as review tasks are about them."""

from __future__ import annotations

from datetime import datetime

from openaisle.entrypoints.console.formats import count_text, sentence_text, words_text
from openaisle.entrypoints.console.views.reviews import Subject, SubjectRow
from openaisle.feeds.doubts.model import ATTRIBUTE_PREFIX, CORRECTABLE, GroupState, ReviewGroupUnknown
from openaisle.feeds.doubts.queries import ReviewGroupQueries, ReviewGroupView
from openaisle.suppliers.queries import SupplierQueries


class GroupSubjects:
    """Rows that wait for one decision."""

    def __init__(self, *, queries: ReviewGroupQueries, suppliers: SupplierQueries) -> None:
        """Take the queries of groups, and of the suppliers whose rows they are."""
        self._queries = queries
        self._suppliers = suppliers

    async def subject(self, *, subject_id: str, at: datetime) -> Subject:
        """Return the group with the fields in doubt and its first rows; raises ReviewGroupUnknown."""
        group = await self._queries.group(scope=None, group_id=subject_id)
        standing = await self._suppliers.standing(supplier_id=group.supplier_id, at=at)
        fields = [one.field for one in group.doubts]
        return Subject(
            name=_name(group, supplier=standing.name if standing is not None else group.supplier_id),
            href=f"/console/feeds/{group.feed_ids[-1]}",
            facts={
                one.field: one.example
                for one in group.doubts
                if one.field in CORRECTABLE or one.field.startswith(ATTRIBUTE_PREFIX)
            },
            told=_told(group),
            columns=("Row", "SKU", "Title", *(sentence_text(code=field) for field in fields if field != "title")),
            rows=tuple(
                SubjectRow(
                    cells=(
                        count_text(number=one.row),
                        one.supplier_sku,
                        one.title,
                        *(one.values.get(field, "") for field in fields if field != "title"),
                    )
                )
                for one in group.samples
            ),
        )

    async def name(self, *, subject_id: str, at: datetime) -> str:
        """Return how many rows of whom wait."""
        try:
            return (await self.subject(subject_id=subject_id, at=at)).name
        except ReviewGroupUnknown:
            return subject_id


def _name(group: ReviewGroupView, *, supplier: str) -> str:
    return f"{count_text(number=group.rows)} rows of {supplier}"


def _told(group: ReviewGroupView) -> str:
    shown = f"The first {len(group.samples)} of {count_text(number=group.rows)} rows."
    if group.state is GroupState.OPEN:
        return f"{shown} Your decision counts for all of them."
    told = ", ".join(
        f"{count_text(number=number)} {words_text(code=name)}"
        for name in ("accepted", "corrected", "unchanged", "in_review", "rejected")
        if (number := getattr(group.counts, name))
    )
    done = f"{count_text(number=group.rows_done)} are done" + (f": {told}." if told else ".")
    return f"{shown} {done}"
