"""The pages of terms: announce new ones, and see who agreed to which."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
from starlette.responses import Response

from openaisle.entrypoints.console.views.common import Paging, paging_of
from openaisle.entrypoints.console.visits import FieldMissing, Visit
from openaisle.kernel.errors import OpenAisleError
from openaisle.suppliers.policy import WithoutAgreement
from openaisle.suppliers.queries import SupplierQueries
from openaisle.suppliers.terms.model import TEXT_MAXIMUM, Announcement, Answer, ShortNotice
from openaisle.suppliers.terms.queries import AnswerView, TermsQueries, TermsView
from openaisle.suppliers.terms.routes import VERSION_MAXIMUM, is_version
from openaisle.suppliers.terms.use_cases import Terms

LIST_HREF = "/console/terms"
FORM_FIELDS = ("version", "effective_at", "summary", "text", "short_notice", "short_notice_reason")
_ROWS = 100
_SUMMARY_MAXIMUM = 5_000


# What becomes of who has not agreed by the day of effect, as the policy says.
CONSEQUENCES = {
    WithoutAgreement.CONTINUE: "its going on counts as agreement",
    WithoutAgreement.SUSPEND: "it is suspended until it agrees",
    WithoutAgreement.ASK: "it sells on and is asked once more",
}


class TermsRow(msgspec.Struct, frozen=True, kw_only=True):
    """One version, and how many suppliers answered what."""

    terms: TermsView
    counts: tuple[tuple[str, int], ...]


class TermsPage(msgspec.Struct, frozen=True, kw_only=True):
    """All versions, and what the form for new ones starts with."""

    rows: tuple[TermsRow, ...]
    notice_days: int
    earliest: str
    consequence: str
    grounds: tuple[str, ...]
    sent: dict[str, str]


class AnswerRow(msgspec.Struct, frozen=True, kw_only=True):
    """One supplier's answer."""

    supplier: str
    supplier_href: str
    answer: AnswerView


class TermsDetail(msgspec.Struct, frozen=True, kw_only=True):
    """One version with its wording, and who answered."""

    terms: TermsView
    counts: tuple[tuple[str, int], ...]
    answers: tuple[AnswerRow, ...]
    consequence: str
    paging: Paging


class TermsPages:
    """The list of versions with the form for new ones, and one version."""

    def __init__(self, *, use_cases: Terms, queries: TermsQueries, suppliers: SupplierQueries) -> None:
        """Take the use cases, the queries, and what names suppliers."""
        self._use_cases = use_cases
        self._queries = queries
        self._suppliers = suppliers
        self._policy = use_cases.policy

    async def listed(self, visit: Visit) -> Response:
        """Show all versions."""
        return await self._shown(visit)

    async def detail(self, visit: Visit) -> Response:
        """Show one version."""
        version, after = visit.path(name="version"), visit.asked(name="after")
        terms = await self._queries.one(version=version)
        found = await self._queries.answers(version=version, after=after or None, limit=_ROWS)
        rows = []
        for answer in found.answers:
            standing = await self._suppliers.standing(supplier_id=answer.supplier_id, at=visit.now)
            rows.append(
                AnswerRow(
                    supplier=standing.name if standing is not None else answer.supplier_id,
                    supplier_href=f"/console/suppliers/{answer.supplier_id}",
                    answer=answer,
                )
            )
        page = TermsDetail(
            terms=terms,
            counts=await self._counts(version),
            answers=tuple(rows),
            consequence=CONSEQUENCES[terms.without_agreement],
            paging=paging_of(href=f"{LIST_HREF}/{version}", after=after, next_after=found.next_after),
        )
        return visit.page(template="terms_version", here="terms", page=page)

    async def publish(self, visit: Visit) -> Response:
        """Announce new terms."""
        try:
            announcement = _announcement(visit)
            await self._use_cases.publish(announcement=announcement, context=visit.context)
        except OpenAisleError as error:
            return await self._shown(visit, problem=error)
        return visit.sent_on(href=f"{LIST_HREF}/{announcement.version}?done=terms-published")

    async def _shown(self, visit: Visit, problem: OpenAisleError | None = None) -> Response:
        versions = await self._queries.listed()
        # The form takes whole minutes; one is added, so that the day it starts with is never a second too early.
        earliest = visit.now + timedelta(days=self._policy.notice_days, minutes=1)
        page = TermsPage(
            rows=tuple([TermsRow(terms=one, counts=await self._counts(one.version)) for one in versions]),
            notice_days=self._policy.notice_days,
            earliest=earliest.strftime("%Y-%m-%dT%H:%M"),
            consequence=CONSEQUENCES[self._policy.without_agreement],
            grounds=tuple(ShortNotice),
            sent={name: visit.form.get(name, "") for name in FORM_FIELDS},
        )
        return visit.page(template="terms", here="terms", page=page, problem=problem)

    async def _counts(self, version: str) -> tuple[tuple[str, int], ...]:
        counts = await self._queries.counts(version=version)
        return tuple((answer.value, counts[answer]) for answer in Answer if counts[answer])


def _announcement(visit: Visit) -> Announcement:
    version = visit.required(name="version", maximum=VERSION_MAXIMUM)
    if not is_version(text=version):
        raise FieldMissing(detail="A version has letters, digits, points, hyphens and underscores only.")
    try:
        effective_at = datetime.fromisoformat(visit.form.get("effective_at", "")).replace(tzinfo=UTC)
    except ValueError:
        raise FieldMissing(detail="From when on they apply must be a day and a time.") from None
    ground = visit.form.get("short_notice", "")
    reason = visit.form.get("short_notice_reason", "").strip()[:_SUMMARY_MAXIMUM]
    return Announcement(
        version=version,
        summary=visit.required(name="summary", maximum=_SUMMARY_MAXIMUM),
        text=visit.required(name="text", maximum=TEXT_MAXIMUM),
        effective_at=effective_at,
        short_notice=ShortNotice(ground) if ground in set(ShortNotice) else None,
        short_notice_reason=reason or None,
    )
