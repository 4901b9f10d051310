"""Feeds put together: what callers ask for, and what lanes and workflows do."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from openaisle.bootstrap.categories import CategoryRoom
from openaisle.bootstrap.engines import Engines
from openaisle.bootstrap.product_policy import ProductPolicyInForce, product_policy
from openaisle.bootstrap.ways_in import WaysIn, ways_in_over
from openaisle.catalog.policy import CatalogPolicy
from openaisle.catalog.policy_rules import policy_rules
from openaisle.catalog.schemas.queries import SchemaQueries
from openaisle.catalog.table_rules import TableRule
from openaisle.feeds import routes as feeds_routes
from openaisle.feeds.mapping import routes as mapping_routes
from openaisle.feeds.mapping.preview import FeedPreviews
from openaisle.feeds.mapping.queries import MappingQueries
from openaisle.feeds.mapping.use_cases import MappingUseCases
from openaisle.feeds.mapping.words import OperatorWords
from openaisle.feeds.queries import FeedQueries
from openaisle.feeds.reading import FileParsers
from openaisle.feeds.state.touched import TouchedOffers
from openaisle.feeds.use_cases import FeedUseCases
from openaisle.kernel.http import Operation
from openaisle.kernel.pipe import Pipe
from openaisle.kernel.workflow import Handler, WorkflowRunner
from openaisle.suppliers.queries import SupplierQueries

if TYPE_CHECKING:
    from openaisle.feeds.lanes import FeedLanes
    from openaisle.inventory.registrar import Registrar
    from openaisle.inventory.registration import JudgesTables


class ProductRulesInForce:
    """The rules that whole tables are judged by: those of schemas, of the operator's file, and of plug-ins."""

    def __init__(self, *, engines: Engines, schemas: SchemaQueries, policy: CatalogPolicy) -> None:
        """Take the ports, the schemas, whose rules may change at any time, and the operator's policy."""
        self._of_policy = policy_rules(policy=policy)
        self._engines = engines
        self._schemas = schemas
        self._installed: Sequence[TableRule] | None = None

    async def rules(self) -> Sequence[TableRule]:
        """Return the rules in force; raises ProductRulesInvalid for the operator's file."""
        if self._installed is None:
            from openaisle.bootstrap.product_rules import installed_product_rules

            installed = await asyncio.to_thread(
                installed_product_rules, settings=self._engines.settings, workbenches=self._engines.workbenches
            )
            self._installed = installed.table_rules()
        return (*await self._schemas.rules(), *self._of_policy, *self._installed)


@dataclass(frozen=True, kw_only=True)
class FeedRoom:
    """What feeds can do and can tell."""

    use_cases: FeedUseCases
    queries: FeedQueries
    mappings: MappingUseCases
    mapping_queries: MappingQueries
    previews: FeedPreviews
    rules: ProductRulesInForce
    policy: CatalogPolicy
    policy_in_force: ProductPolicyInForce
    parsers: FileParsers
    ways_in: WaysIn

    def operations(self) -> tuple[Operation, ...]:
        """Return the HTTP operations of feeds."""
        return (
            *feeds_routes.operations(use_cases=self.use_cases, queries=self.queries),
            *mapping_routes.operations(use_cases=self.mappings, queries=self.mapping_queries, previews=self.previews),
            *self.ways_in.operations(),
        )


def feeds_over(*, engines: Engines, suppliers: SupplierQueries, categories: CategoryRoom) -> FeedRoom:
    """Return the room of feeds over the ports."""
    queries = FeedQueries(table=engines.table, blobs=engines.blobs, workbenches=engines.workbenches)
    mapping_queries = MappingQueries(table=engines.table)
    words = OperatorWords(taxonomy=categories.taxonomy_queries, schemas=categories.schema_queries)
    mappings = MappingUseCases(table=engines.table, queries=mapping_queries, words=words)
    policy = product_policy(settings=engines.settings, html_cleaner=engines.html_cleaner)
    policy_in_force = ProductPolicyInForce(policy=policy, taxonomy=categories.taxonomy_queries)
    rules = ProductRulesInForce(engines=engines, schemas=categories.schema_queries, policy=policy)
    parsers = FileParsers(spreadsheets=engines.spreadsheet_reader, markup=engines.markup_reader)
    use_cases = FeedUseCases(
        table=engines.table,
        blobs=engines.blobs,
        identifiers=engines.identifiers,
        queries=queries,
        suppliers=suppliers,
    )
    return FeedRoom(
        use_cases=use_cases,
        queries=queries,
        mappings=mappings,
        mapping_queries=mapping_queries,
        previews=FeedPreviews(
            table=engines.table,
            blobs=engines.blobs,
            workbenches=engines.workbenches,
            mappings=mappings,
            queries=mapping_queries,
            policy=policy_in_force.policy,
            rules=rules.rules,
            parsers=parsers,
            words=words,
        ),
        rules=rules,
        policy=policy,
        policy_in_force=policy_in_force,
        parsers=parsers,
        ways_in=ways_in_over(engines=engines, feeds=use_cases, queries=queries, suppliers=suppliers, parsers=parsers),
    )


class FeedMachinery:
    """What feeds do by themselves: the lanes with their workflows, and the marks of foreign changes."""

    def __init__(self, *, engines: Engines, room: FeedRoom, registrar: Registrar) -> None:
        """Take the ports, the room of feeds, and what registers rows of products."""
        from openaisle.feeds.applying.applying import FeedApplication
        from openaisle.feeds.applying.concluding import FeedConclusion
        from openaisle.feeds.applying.preparing import FeedPreparation
        from openaisle.feeds.applying.steps import FeedHandlers
        from openaisle.feeds.applying.terms_registrar import TermsRegistrar
        from openaisle.feeds.applying.undoing import FeedRollback
        from openaisle.feeds.state.keeping import SupplierState

        self._engines = engines
        self._room = room
        table, blobs, workbenches = engines.table, engines.blobs, engines.workbenches
        self._touched = TouchedOffers(table=table, stream=engines.stream, checkpoints=engines.checkpoints)
        state = SupplierState(table=table, blobs=blobs, touched=self._touched)
        self._handlers = FeedHandlers(
            preparation=FeedPreparation(
                table=table,
                blobs=blobs,
                workbenches=workbenches,
                queries=room.queries,
                state=state,
                mappings=room.mappings,
                policy=room.policy_in_force.policy,
                rules=room.rules.rules,
                parsers=room.parsers,
            ),
            application=FeedApplication(
                table=table,
                bulk=engines.bulk,
                blobs=blobs,
                workbenches=workbenches,
                queries=room.queries,
                registrar=registrar,
                terms=TermsRegistrar(table=table, policy=room.policy),
            ),
            conclusion=FeedConclusion(
                table=table, blobs=blobs, workbenches=workbenches, queries=room.queries, state=state
            ),
            rollback=FeedRollback(table=table, blobs=blobs, workbenches=workbenches, queries=room.queries, state=state),
        )

    def handlers(self) -> Mapping[str, Handler]:
        """Return the handlers of the workflows of feeds."""
        return self._handlers.handlers()

    def pipe(self) -> Pipe:
        """Return the pipe that marks what others change."""
        return self._touched.pipe()

    def lanes(self, *, runner: WorkflowRunner) -> FeedLanes:
        """Return the lanes, which run the workflows by ``runner``."""
        from openaisle.feeds.applying.steps import FeedSteps
        from openaisle.feeds.lanes import FeedLanes

        engines = self._engines
        return FeedLanes(
            table=engines.table,
            checkpoints=engines.checkpoints,
            clock=engines.clock,
            holder=engines.holder,
            steps=FeedSteps(table=engines.table, queries=self._room.queries, runner=runner),
        )


def submission_judge(*, engines: Engines, room: FeedRoom) -> JudgesTables:
    """Return what judges submissions by API as rows of feeds are judged."""
    from openaisle.feeds.judging.submissions import SubmissionJudge

    judge = SubmissionJudge(workbenches=engines.workbenches, policy=room.policy_in_force.policy, rules=room.rules.rules)
    return judge.judged
