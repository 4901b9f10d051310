"""Terms and the answers to them: records and decisions. Pure; no I/O, no clock."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from enum import StrEnum

import msgspec

from openaisle.kernel.context import Context
from openaisle.kernel.errors import Finding, NotFound, RequestInvalid, TransitionRefused
from openaisle.suppliers.model import Supplier, SupplierState
from openaisle.suppliers.policy import TermsPolicy, WithoutAgreement

TEXT_MAXIMUM = 90_000
_FARTHEST = timedelta(days=5 * 365)


class TermsState(StrEnum):
    """Whether terms are only announced, or apply."""

    ANNOUNCED = "announced"
    IN_FORCE = "in_force"


class ShortNotice(StrEnum):
    """Why terms may apply sooner than the notice period would have it: Regulation (EU) 2019/1150, Article 3(4).

    The law names an obligation and an imminent danger; what only favors suppliers takes nothing from them.
    """

    LEGAL_OBLIGATION = "legal_obligation"
    IMMINENT_DANGER = "imminent_danger"
    FAVORS_SUPPLIERS = "favors_suppliers"


class Answer(StrEnum):
    """What became of the question whether a supplier agrees.

    ``deemed``, ``suspended`` and ``asked`` are what the day of effect brought to one that had not answered.
    """

    AGREED = "agreed"
    DEEMED = "deemed"
    SUSPENDED = "suspended"
    ASKED = "asked"
    TERMINATED = "terminated"


class TermsUnknown(NotFound):
    """There are no terms of that version."""

    code = "terms-unknown"
    title = "No such terms"
    mend = "GET /v1/terms lists the versions."


class TermsVersionTaken(TransitionRefused):
    """There are terms of that version, and what was announced is not changed any more."""

    code = "terms-version-taken"
    title = "There are terms of that version"
    mend = "Give the new terms a version of their own."


class TermsNoticeTooShort(RequestInvalid):
    """Terms were to apply sooner than the notice period allows, and no ground for it was stated."""

    code = "terms-notice-too-short"
    title = "Suppliers need more notice of new terms"
    mend = "Choose the day that detail names or a later one, or state the ground that allows less."


class TermsDateUnusable(RequestInvalid):
    """Terms were to apply from a moment that has passed or is years away; none apply backwards."""

    code = "terms-date-unusable"
    title = "Terms cannot apply from that moment"
    mend = "Choose a moment from now on, and within the next five years."


class ShortNoticeUnexplained(RequestInvalid):
    """A ground for a shorter notice was stated without saying what it consists in, or an explanation without one."""

    code = "short-notice-unexplained"
    title = "The ground and its explanation go together"
    mend = "State short_notice and short_notice_reason, or neither."


class TermsInForceAlready(TransitionRefused):
    """The terms apply by now; who leaves because of new terms does so before that."""

    code = "terms-in-force-already"
    title = "The terms apply already"
    mend = "Ask the operator to end the contract."


class TermsVersion(msgspec.Struct, frozen=True, kw_only=True):
    """The record of one version of the terms; its text stands apart and is told by its hash.

    ``without_agreement`` is what the policy said when they were announced, as suppliers were told.
    """

    version: str
    summary: str
    sha256: str
    state: TermsState
    published_at: datetime
    published_by: str
    effective_at: datetime
    without_agreement: WithoutAgreement
    short_notice: ShortNotice | None = None
    short_notice_reason: str | None = None


class TermsText(msgspec.Struct, frozen=True, kw_only=True):
    """The wording of one version."""

    version: str
    text: str


class TermsAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The record of one supplier's answer to one version: which text, what, when, and who said so."""

    supplier_id: str
    version: str
    sha256: str
    answer: Answer
    at: datetime
    by: str


class Announcement(msgspec.Struct, frozen=True, kw_only=True):
    """What the operator says of new terms."""

    version: str
    summary: str
    text: str
    effective_at: datetime
    short_notice: ShortNotice | None = None
    short_notice_reason: str | None = None


def text_hash(*, text: str) -> str:
    """Return the SHA-256 of a wording in UTF-8, as 64 hexadecimal characters."""
    return hashlib.sha256(text.encode()).hexdigest()


def decide_published(*, announcement: Announcement, policy: TermsPolicy, context: Context) -> TermsVersion:
    """Return the announced terms.

    Raises TermsDateUnusable, ShortNoticeUnexplained, TermsNoticeTooShort: the day of effect is at least the policy's
    notice away, to the second, unless a ground for less is stated.
    """
    one = announcement
    if (one.short_notice is None) != (one.short_notice_reason is None):
        raise ShortNoticeUnexplained(
            detail="Only one of both was given.",
            findings=[Finding(pointer="/short_notice_reason", detail="goes with short_notice")],
        )
    if not context.at <= one.effective_at <= context.at + _FARTHEST:
        told = "has passed" if one.effective_at < context.at else "is too far away"
        raise TermsDateUnusable(
            detail=f"{one.effective_at.isoformat()} {told}.", findings=[Finding(pointer="/effective_at", detail=told)]
        )
    earliest = context.at + timedelta(days=policy.notice_days)
    if one.short_notice is None and one.effective_at < earliest:
        told = f"{policy.notice_days} days of notice are asked for: from {earliest.isoformat()} on"
        raise TermsNoticeTooShort(detail=f"{told}.", findings=[Finding(pointer="/effective_at", detail=told)])
    return TermsVersion(
        version=one.version,
        summary=one.summary,
        sha256=text_hash(text=one.text),
        state=TermsState.ANNOUNCED,
        published_at=context.at,
        published_by=context.principal.actor,
        effective_at=one.effective_at.astimezone(UTC),
        without_agreement=policy.without_agreement,
        short_notice=one.short_notice,
        short_notice_reason=one.short_notice_reason,
    )


def decide_in_force(*, terms: TermsVersion, context: Context) -> TermsVersion | None:
    """Return the terms as those that apply; None if they do by now, or not yet."""
    if terms.state is TermsState.IN_FORCE or context.at < terms.effective_at:
        return None
    return msgspec.structs.replace(terms, state=TermsState.IN_FORCE)


def require_not_in_force(*, terms: TermsVersion, context: Context) -> None:
    """Raise TermsInForceAlready from the moment of effect on, whether or not a timer has met it yet."""
    if context.at >= terms.effective_at:
        raise TermsInForceAlready(detail=f"{terms.version} applies since {terms.effective_at.isoformat()}.")


def agreement_told(*, supplier: Supplier, terms: TermsVersion) -> TermsAnswer | None:
    """Return the agreement that a supplier has stated with its application, None if that was about other terms."""
    agreement = supplier.facts.dossier.agreement
    if agreement is None or agreement.terms_version != terms.version:
        return None
    return TermsAnswer(
        supplier_id=supplier.supplier_id,
        version=terms.version,
        sha256=terms.sha256,
        answer=Answer.AGREED,
        at=agreement.accepted_at,
        by=agreement.accepted_by,
    )


def decide_unanswered(*, supplier: Supplier, terms: TermsVersion, context: Context) -> TermsAnswer:
    """Return what the day of effect brings to a supplier that has not answered.

    One that is suspended for something else cannot be suspended again, so it is asked.
    """
    answer = {
        WithoutAgreement.CONTINUE: Answer.DEEMED,
        WithoutAgreement.SUSPEND: Answer.SUSPENDED if supplier.state is SupplierState.ACTIVE else Answer.ASKED,
        WithoutAgreement.ASK: Answer.ASKED,
    }[terms.without_agreement]
    return TermsAnswer(
        supplier_id=supplier.supplier_id,
        version=terms.version,
        sha256=terms.sha256,
        answer=answer,
        at=context.at,
        by=context.principal.actor,
    )


def suspension_reason(*, terms: TermsVersion) -> str:
    """Return why a supplier is suspended that has not agreed; by it one is known that may sell again once it has."""
    return (
        f"The terms {terms.version} apply since {terms.effective_at.date().isoformat()}, and you have not agreed to "
        "them. You sell again as soon as you do."
    )
