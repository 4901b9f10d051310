"""The HTTP operations of terms."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from openaisle.kernel.context import Role
from openaisle.kernel.http import OPERATOR, Answer, Operation, Request
from openaisle.kernel.texts import END
from openaisle.suppliers.dossier import Paragraphs
from openaisle.suppliers.model import SupplierMissing, SupplierTransitionRefused
from openaisle.suppliers.routes import OPERATOR_OR_SUPPLIER, own_or_any
from openaisle.suppliers.terms.model import (
    TEXT_MAXIMUM,
    Announcement,
    ShortNotice,
    ShortNoticeUnexplained,
    TermsDateUnusable,
    TermsInForceAlready,
    TermsNoticeTooShort,
    TermsUnknown,
    TermsVersionTaken,
)
from openaisle.suppliers.terms.queries import AnswerPage, SupplierTerms, TermsQueries, TermsView
from openaisle.suppliers.terms.use_cases import Terms

_TAG = "Suppliers"
_SUPPLIER = frozenset({Role.SUPPLIER})

VERSION_MAXIMUM = 40
_VERSION = f"^[A-Za-z0-9][A-Za-z0-9._-]*{END}"
Version = Annotated[str, Meta(min_length=1, max_length=VERSION_MAXIMUM, pattern=_VERSION, examples=["2027-01"])]


def is_version(*, text: str) -> bool:
    """Return whether a text may be the version of terms, for those who read it from elsewhere than a body."""
    return len(text) <= VERSION_MAXIMUM and re.match(_VERSION, text) is not None


class TermsBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """New terms: what changes in plain words, the whole wording, and from when on they apply.

    ``short_notice`` is the ground on which they may apply sooner than the notice period would have it.
    """

    version: Version
    summary: Paragraphs
    text: Annotated[str, Meta(min_length=1, max_length=TEXT_MAXIMUM)]
    effective_at: Annotated[datetime, Meta(tz=True)]
    short_notice: ShortNotice | None = None
    short_notice_reason: Paragraphs | None = None


class TerminationBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why, if the supplier wants to say so."""

    reason: Annotated[str, Meta(max_length=1_000)] = ""


class AnswersQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which page of the answers."""

    after: Annotated[str, Meta(max_length=500)] | None = None
    limit: Annotated[int, Meta(ge=1, le=500)] = 100


class TermsList(msgspec.Struct, frozen=True, kw_only=True):
    """All versions, the latest day of effect first, without their wording."""

    terms: tuple[TermsView, ...]


class TermsOperations:
    """The operations, one method each."""

    def __init__(self, *, use_cases: Terms, queries: TermsQueries) -> None:
        """Take the use cases and queries."""
        self._use_cases = use_cases
        self._queries = queries

    async def publish(self, request: Request) -> Answer:
        """Announce new terms."""
        body: TermsBody = request.body
        announcement = Announcement(**msgspec.structs.asdict(body))
        terms = await self._use_cases.publish(announcement=announcement, context=request.context)
        return Answer(value=await self._queries.one(version=terms.version))

    async def list_terms(self, request: Request) -> Answer:
        """List the versions."""
        del request
        return Answer(value=TermsList(terms=await self._queries.listed()))

    async def get(self, request: Request) -> Answer:
        """Show one version with its wording."""
        return Answer(value=await self._queries.one(version=request.path["version"]))

    async def answers(self, request: Request) -> Answer:
        """List who answered."""
        wanted: AnswersQuery = request.query
        version = request.path["version"]
        await self._use_cases.one(version=version)
        return Answer(value=await self._queries.answers(version=version, after=wanted.after, limit=wanted.limit))

    async def of_supplier(self, request: Request) -> Answer:
        """Show a supplier's terms."""
        return await self._own(request)

    async def agree(self, request: Request) -> Answer:
        """Agree."""
        await self._use_cases.agree(
            supplier_id=own_or_any(request), version=request.path["version"], context=request.context
        )
        return await self._own(request)

    async def leave(self, request: Request) -> Answer:
        """Leave because of new terms."""
        body: TerminationBody = request.body
        await self._use_cases.leave(
            supplier_id=own_or_any(request),
            version=request.path["version"],
            reason=body.reason,
            context=request.context,
        )
        return await self._own(request)

    async def _own(self, request: Request) -> Answer:
        supplier_id = own_or_any(request)
        return Answer(value=await self._queries.of_supplier(supplier_id=supplier_id, at=request.context.at))


def operations(*, use_cases: Terms, queries: TermsQueries) -> tuple[Operation, ...]:
    """Return the operations."""
    handlers = TermsOperations(use_cases=use_cases, queries=queries)
    return (*_operator_operations(handlers), *_supplier_operations(handlers))


def _operator_operations(handlers: TermsOperations) -> tuple[Operation, ...]:
    return (
        Operation(
            method="POST",
            path="/v1/terms",
            name="publish_terms",
            summary="Announce new terms to all suppliers",
            description=(
                "At least the policy's notice (15 days; Regulation (EU) 2019/1150, Article 3) before they apply, "
                "unless a ground for less is stated. Every supplier is told by mail."
            ),
            tag=_TAG,
            roles=OPERATOR,
            handle=handlers.publish,
            body=TermsBody,
            answer=TermsView,
            status=201,
            errors=(TermsVersionTaken, TermsNoticeTooShort, TermsDateUnusable, ShortNoticeUnexplained),
        ),
        Operation(
            method="GET",
            path="/v1/terms",
            name="list_terms",
            summary="List the versions of the terms",
            tag=_TAG,
            roles=OPERATOR_OR_SUPPLIER,
            handle=handlers.list_terms,
            answer=TermsList,
        ),
        Operation(
            method="GET",
            path="/v1/terms/{version}",
            name="get_terms",
            summary="Show one version of the terms with its wording",
            tag=_TAG,
            roles=OPERATOR_OR_SUPPLIER,
            handle=handlers.get,
            answer=TermsView,
            errors=(TermsUnknown,),
        ),
        Operation(
            method="GET",
            path="/v1/terms/{version}/answers",
            name="list_terms_answers",
            summary="List who agreed to a version of the terms, when, and what became of the others",
            tag=_TAG,
            roles=OPERATOR,
            handle=handlers.answers,
            query=AnswersQuery,
            answer=AnswerPage,
            errors=(TermsUnknown,),
        ),
    )


def _supplier_operations(handlers: TermsOperations) -> tuple[Operation, ...]:
    path = "/v1/suppliers/{supplier_id}/terms"
    return (
        Operation(
            method="GET",
            path=path,
            name="get_supplier_terms",
            summary="Show the terms of a supplier, and what it answered",
            tag=_TAG,
            roles=OPERATOR_OR_SUPPLIER,
            handle=handlers.of_supplier,
            answer=SupplierTerms,
            errors=(SupplierMissing,),
        ),
        Operation(
            method="POST",
            path=f"{path}/{{version}}/agreement",
            name="agree_to_terms",
            summary="Agree to terms",
            description="A supplier that was suspended because it had not agreed sells again.",
            tag=_TAG,
            roles=_SUPPLIER,
            handle=handlers.agree,
            answer=SupplierTerms,
            errors=(TermsUnknown, SupplierMissing, SupplierTransitionRefused),
        ),
        Operation(
            method="POST",
            path=f"{path}/{{version}}/termination",
            name="terminate_because_of_terms",
            summary="End the contract because of new terms, before they apply",
            description="Its offers are withdrawn at once, its open orders are finished.",
            tag=_TAG,
            roles=_SUPPLIER,
            handle=handlers.leave,
            body=TerminationBody,
            answer=SupplierTerms,
            errors=(TermsUnknown, TermsInForceAlready, SupplierMissing, SupplierTransitionRefused),
        ),
    )
