"""The pages of kept rules."""

from __future__ import annotations

from starlette.responses import Response

from openaisle.entrypoints.console.views.rules import LIST_HREF, rule_page, rules_page
from openaisle.entrypoints.console.visits import FieldMissing, Visit
from openaisle.kernel.errors import OpenAisleError
from openaisle.reviews.patterns import Match
from openaisle.reviews.rules.model import PATTERN_MAXIMUM, RuleState
from openaisle.reviews.rules.queries import RuleQueries
from openaisle.reviews.rules.use_cases import KeptRules

_ROWS = 50
_REASON_MAXIMUM = 1_000


class RulePages:
    """The list and the detail of kept rules, and the forms that keep, test and switch them."""

    def __init__(self, *, queries: RuleQueries, use_cases: KeptRules) -> None:
        """Take the queries and use cases of kept rules."""
        self._queries = queries
        self._use_cases = use_cases

    async def listed(self, visit: Visit) -> Response:
        """Show the rules, the newest first."""
        wanted, after = visit.asked(name="state"), visit.asked(name="after")
        state = RuleState(wanted) if wanted in set(RuleState) else None
        listed = await self._queries.listed(state=state, after=after or None, limit=_ROWS)
        page = rules_page(listed=listed, state=state, after=after)
        return visit.page(template="rules", here="reviews", page=page)

    async def detail(self, visit: Visit) -> Response:
        """Show one rule."""
        return await self._shown(visit)

    async def keep(self, visit: Visit) -> Response:
        """Keep a finding's decision as a rule and hold it against history at once."""
        chosen = visit.form.get("match", "")
        if chosen not in set(Match):
            raise FieldMissing(detail="No way of matching was chosen.")
        rule = await self._use_cases.keep(
            task_id=visit.path(name="task_id"),
            code=visit.required(name="code", maximum=100),
            field=visit.required(name="field", maximum=100),
            match=Match(chosen),
            pattern=visit.form.get("pattern", "")[:PATTERN_MAXIMUM] or None,
            reason="",
            context=visit.context,
        )
        await self._use_cases.test(rule_id=rule.rule_id, context=visit.context)
        return visit.sent_on(href=f"{LIST_HREF}/{rule.rule_id}?done=kept")

    async def test(self, visit: Visit) -> Response:
        """Hold a rule against history."""
        rule_id = visit.path(name="rule_id")
        await self._use_cases.test(rule_id=rule_id, context=visit.context)
        return visit.sent_on(href=f"{LIST_HREF}/{rule_id}?done=tested")

    async def switch_on(self, visit: Visit) -> Response:
        """Put a rule in force."""
        rule_id = visit.path(name="rule_id")
        try:
            reason = visit.required(name="reason", maximum=_REASON_MAXIMUM)
            await self._use_cases.switch_on(rule_id=rule_id, reason=reason, context=visit.context)
        except OpenAisleError as error:
            return await self._shown(visit, problem=error)
        return visit.sent_on(href=f"{LIST_HREF}/{rule_id}?done=switched-on")

    async def switch_off(self, visit: Visit) -> Response:
        """Take a rule out of force."""
        rule_id = visit.path(name="rule_id")
        try:
            reason = visit.required(name="reason", maximum=_REASON_MAXIMUM)
            await self._use_cases.switch_off(rule_id=rule_id, reason=reason, context=visit.context)
        except OpenAisleError as error:
            return await self._shown(visit, problem=error)
        return visit.sent_on(href=f"{LIST_HREF}/{rule_id}?done=switched-off")

    async def _shown(self, visit: Visit, problem: OpenAisleError | None = None) -> Response:
        rule = await self._queries.rule(rule_id=visit.path(name="rule_id"))
        return visit.page(template="rule", here="reviews", page=rule_page(rule=rule), problem=problem)
