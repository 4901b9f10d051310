"""The room of scorecards put together over the ports."""

from __future__ import annotations

from dataclasses import dataclass

from openaisle.bootstrap.engines import Engines
from openaisle.kernel.http import Operation
from openaisle.kernel.pipe import Pipe
from openaisle.mail.use_cases import Mail
from openaisle.scorecards import routes as scorecard_routes
from openaisle.scorecards.mails import scorecard_mails_pipe
from openaisle.scorecards.pipes import reinstatements_pipe
from openaisle.scorecards.projection import scorecards_pipe
from openaisle.scorecards.queries import ScorecardQueries
from openaisle.scorecards.use_cases import Scorecards
from openaisle.suppliers.contact import SupplierContacts
from openaisle.suppliers.queries import SupplierQueries
from openaisle.suppliers.use_cases import Suppliers


@dataclass(frozen=True, kw_only=True)
class ScorecardRoom:
    """What the room of scorecards can do and can tell."""

    scorecards: Scorecards
    queries: ScorecardQueries

    def operations(self) -> tuple[Operation, ...]:
        """Return the HTTP operations of the room."""
        return scorecard_routes.operations(use_cases=self.scorecards, queries=self.queries)


def scorecards_over(*, engines: Engines, standings: SupplierQueries, suppliers: Suppliers) -> ScorecardRoom:
    """Return the room of scorecards."""
    policy = engines.order_policies.scorecards
    queries = ScorecardQueries(table=engines.table, policy=policy)
    return ScorecardRoom(
        scorecards=Scorecards(
            table=engines.table, queries=queries, standings=standings, suppliers=suppliers, policy=policy
        ),
        queries=queries,
    )


def scorecard_pipes(*, engines: Engines, room: ScorecardRoom, mail: Mail) -> tuple[Pipe, ...]:
    """Return the pipes that count, that write mails, and that follow reinstatements."""
    return (
        scorecards_pipe(table=engines.table, clock=engines.clock),
        reinstatements_pipe(scorecards=room.scorecards, clock=engines.clock),
        scorecard_mails_pipe(
            mail=mail,
            contacts=SupplierContacts(table=engines.table),
            clock=engines.clock,
            public_address=engines.settings.reached_at,
        ),
    )
