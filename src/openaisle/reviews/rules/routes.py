"""The HTTP operations of kept rules."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from openaisle.kernel.http import OPERATOR, Answer, Operation, Request
from openaisle.reviews.model import ReviewTaskMissing, SecondPersonNeeded
from openaisle.reviews.patterns import Match
from openaisle.reviews.rules.model import (
    PATTERN_MAXIMUM,
    PatternTooWide,
    RuleMissing,
    RuleState,
    RuleTransitionRefused,
    RuleUnfit,
    RuleUntested,
)
from openaisle.reviews.rules.queries import KeptRulePage, KeptRuleView, RuleApplicationPage, RuleQueries
from openaisle.reviews.rules.use_cases import KeptRules

_TAG = "Reviews"
Code = Annotated[str, Meta(min_length=1, max_length=100)]
Pattern = Annotated[str, Meta(max_length=PATTERN_MAXIMUM)]
Reason = Annotated[str, Meta(min_length=1, max_length=2_000)]


class KeepBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Of which finding a rule is kept, and what else it fits; without a ``pattern`` just the finding's value."""

    code: Code
    field: Code
    match: Match = Match.EXACT
    pattern: Pattern | None = None
    reason: Annotated[str, Meta(max_length=2_000)] = ""


class RevisionBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The rule's next version; ``replacement`` only where it corrects."""

    match: Match
    pattern: Pattern
    reason: Reason
    replacement: Annotated[str, Meta(max_length=4_000)] | int | bool | None = None


class SwitchBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why the rule is switched on or off."""

    reason: Reason


class RuleFilter(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which rules to list: those in ``state``, or all."""

    state: RuleState | None = None
    after: Annotated[str, Meta(max_length=500)] | None = None
    limit: Annotated[int, Meta(ge=1, le=500)] = 100


class PageFilter(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which page."""

    after: Annotated[str, Meta(max_length=500)] | None = None
    limit: Annotated[int, Meta(ge=1, le=500)] = 100


class RuleOperations:
    """The operations of kept rules, one method each."""

    def __init__(self, *, use_cases: KeptRules, queries: RuleQueries) -> None:
        """Take the use cases and queries."""
        self._use_cases = use_cases
        self._queries = queries

    async def keep(self, request: Request) -> Answer:
        """Keep a rule of a resolution."""
        body: KeepBody = request.body
        rule = await self._use_cases.keep(
            task_id=request.path["task_id"],
            code=body.code,
            field=body.field,
            match=body.match,
            pattern=body.pattern,
            reason=body.reason,
            context=request.context,
        )
        return Answer(value=await self._queries.rule(rule_id=rule.rule_id))

    async def listed(self, request: Request) -> Answer:
        """List rules."""
        asked: RuleFilter = request.query
        return Answer(value=await self._queries.listed(state=asked.state, after=asked.after, limit=asked.limit))

    async def one(self, request: Request) -> Answer:
        """Read one rule."""
        return Answer(value=await self._queries.rule(rule_id=request.path["rule_id"]))

    async def applications(self, request: Request) -> Answer:
        """List what a rule has settled."""
        asked: PageFilter = request.query
        page = await self._queries.applications(rule_id=request.path["rule_id"], after=asked.after, limit=asked.limit)
        return Answer(value=page)

    async def revise(self, request: Request) -> Answer:
        """Make a rule's next version."""
        body: RevisionBody = request.body
        rule_id = request.path["rule_id"]
        await self._use_cases.revise(
            rule_id=rule_id,
            match=body.match,
            pattern=body.pattern,
            replacement=body.replacement,
            reason=body.reason,
            context=request.context,
        )
        return Answer(value=await self._queries.rule(rule_id=rule_id))

    async def test(self, request: Request) -> Answer:
        """Hold a rule against history."""
        rule_id = request.path["rule_id"]
        await self._use_cases.test(rule_id=rule_id, context=request.context)
        return Answer(value=await self._queries.rule(rule_id=rule_id))

    async def switch_on(self, request: Request) -> Answer:
        """Put a rule in force."""
        rule_id = request.path["rule_id"]
        await self._use_cases.switch_on(rule_id=rule_id, reason=request.body.reason, context=request.context)
        return Answer(value=await self._queries.rule(rule_id=rule_id))

    async def switch_off(self, request: Request) -> Answer:
        """Take a rule out of force."""
        rule_id = request.path["rule_id"]
        await self._use_cases.switch_off(rule_id=rule_id, reason=request.body.reason, context=request.context)
        return Answer(value=await self._queries.rule(rule_id=rule_id))


def operations(*, use_cases: KeptRules, queries: RuleQueries) -> tuple[Operation, ...]:
    """Return the operations of kept rules."""
    handlers = RuleOperations(use_cases=use_cases, queries=queries)
    return (*_reading(handlers), *_shaping(handlers), *_switching(handlers))


def _reading(handlers: RuleOperations) -> tuple[Operation, ...]:
    return (
        Operation(
            method="GET",
            path="/v1/review-rules",
            name="list_review_rules",
            summary="List kept rules, the newest first",
            tag=_TAG,
            roles=OPERATOR,
            handle=handlers.listed,
            query=RuleFilter,
            answer=KeptRulePage,
        ),
        Operation(
            method="GET",
            path="/v1/review-rules/{rule_id}",
            name="get_review_rule",
            summary="Read a kept rule with its measures and its audit",
            tag=_TAG,
            roles=OPERATOR,
            handle=handlers.one,
            answer=KeptRuleView,
            errors=(RuleMissing,),
        ),
        Operation(
            method="GET",
            path="/v1/review-rules/{rule_id}/applications",
            name="list_review_rule_applications",
            summary="List what a rule has settled, the latest first",
            tag=_TAG,
            roles=OPERATOR,
            handle=handlers.applications,
            query=PageFilter,
            answer=RuleApplicationPage,
            errors=(RuleMissing,),
        ),
    )


def _shaping(handlers: RuleOperations) -> tuple[Operation, ...]:
    return (
        Operation(
            method="POST",
            path="/v1/review-tasks/{task_id}/rules",
            name="keep_review_rule",
            summary="Keep a decision as a rule",
            description=(
                "The rule is a draft until it is tested and switched on. Kept twice of one finding, it is one rule."
            ),
            tag=_TAG,
            roles=OPERATOR,
            handle=handlers.keep,
            body=KeepBody,
            answer=KeptRuleView,
            errors=(ReviewTaskMissing, RuleUnfit, PatternTooWide, RuleTransitionRefused),
        ),
        Operation(
            method="POST",
            path="/v1/review-rules/{rule_id}/revisions",
            name="revise_review_rule",
            summary="Make the next version of a rule that is not in force",
            tag=_TAG,
            roles=OPERATOR,
            handle=handlers.revise,
            body=RevisionBody,
            answer=KeptRuleView,
            errors=(RuleMissing, RuleTransitionRefused, RuleUnfit, PatternTooWide),
        ),
        Operation(
            method="POST",
            path="/v1/review-rules/{rule_id}/test",
            name="test_review_rule",
            summary="Hold a rule against past tasks: what would it have changed?",
            description="The latest 5,000 tasks of its cause are replayed; none of them changes.",
            tag=_TAG,
            roles=OPERATOR,
            handle=handlers.test,
            answer=KeptRuleView,
            errors=(RuleMissing,),
        ),
    )


def _switching(handlers: RuleOperations) -> tuple[Operation, ...]:
    return (
        Operation(
            method="POST",
            path="/v1/review-rules/{rule_id}/switch-on",
            name="switch_on_review_rule",
            summary="Put a tested rule in force",
            tag=_TAG,
            roles=OPERATOR,
            handle=handlers.switch_on,
            body=SwitchBody,
            answer=KeptRuleView,
            errors=(RuleMissing, RuleTransitionRefused, RuleUntested, RuleUnfit, SecondPersonNeeded),
        ),
        Operation(
            method="POST",
            path="/v1/review-rules/{rule_id}/switch-off",
            name="switch_off_review_rule",
            summary="Take a rule out of force",
            tag=_TAG,
            roles=OPERATOR,
            handle=handlers.switch_off,
            body=SwitchBody,
            answer=KeptRuleView,
            errors=(RuleMissing, RuleTransitionRefused),
        ),
    )
