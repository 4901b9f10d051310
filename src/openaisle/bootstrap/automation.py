"""What the marketplace does by itself, apart from the rooms because only workers need it.

An API process that never loads the checks, the feeds' reader and the dispatchers starts sooner and stays smaller.
"""

from __future__ import annotations

from collections.abc import Mapping

from openaisle.analytics.projection import overview_pipe
from openaisle.bootstrap.engines import Engines
from openaisle.bootstrap.feeds import FeedMachinery, submission_judge
from openaisle.bootstrap.incidents import incident_pipes
from openaisle.bootstrap.papers import shipping_mails
from openaisle.bootstrap.pictures import PictureMachinery
from openaisle.bootstrap.policies import verification_policy
from openaisle.bootstrap.publishing import PublishingMachinery
from openaisle.bootstrap.returns import return_pipes
from openaisle.bootstrap.review_groups import review_group_pipes
from openaisle.bootstrap.rooms import Rooms
from openaisle.bootstrap.scorecards import scorecard_pipes
from openaisle.bootstrap.supplier_channels import SupplierChannels
from openaisle.bootstrap.twins import twins_over
from openaisle.bootstrap.verification import installed_checks
from openaisle.bootstrap.webhooks import webhook_mails
from openaisle.duties.projection import duties_pipe
from openaisle.inventory import pipes as inventory_pipes
from openaisle.inventory.joining_pipe import product_joins_pipe
from openaisle.inventory.registrar import Registrar
from openaisle.inventory.registration import Registration
from openaisle.kernel.pipe import Pipe, Source, Timer
from openaisle.kernel.workflow import Handler, WorkflowRunner
from openaisle.orders.erasure import ShopperErasure
from openaisle.orders.handing_over import hand_over_pipes
from openaisle.orders.workflow import acknowledgment_timer, allocate_again_pipe, shipping_timer
from openaisle.publishing.twins.finder import twin_pipes, twin_timer
from openaisle.reviews.consumer import ReviewQueueConsumer
from openaisle.reviews.workflow import escalation_timer
from openaisle.suppliers import pipes as suppliers_pipes
from openaisle.suppliers.checks.check import Check
from openaisle.suppliers.claims import TableClaims
from openaisle.suppliers.life import supplier_timer
from openaisle.suppliers.mailbox_use_cases import mailboxes_pipe
from openaisle.suppliers.mails import supplier_mails_pipe
from openaisle.suppliers.rescreening import rescreening_pipe
from openaisle.suppliers.terms.workflow import TermsNews, terms_timer
from openaisle.suppliers.verifier import SupplierVerifier
from openaisle.suppliers.workflow import verification_workflow
from openaisle.webhooks.dispatcher import WebhookDispatcher


class Automation:
    """What the marketplace does by itself: workflows with their handlers, and the pipes and timers that start them."""

    def __init__(self, *, engines: Engines, rooms: Rooms) -> None:
        """Take the ports and the rooms."""
        self._engines = engines
        self._rooms = rooms
        claim_holders = TableClaims(table=engines.table)
        self.installed_checks = installed_checks(engines=engines, claim_holders=claim_holders)
        self.policy = verification_policy(settings=engines.settings)
        self._checks: tuple[Check, ...] = self.installed_checks.checks
        self._verifier = SupplierVerifier(
            table=engines.table,
            tax_ids=rooms.tax_ids,
            reviews=rooms.reviews,
            claim_holders=claim_holders,
            checks=self._checks,
            policy=self.policy,
        )
        registrar = Registrar(table=engines.table, policy=rooms.feeds.policy)
        self._review_group_pipes = review_group_pipes(
            engines=engines, feeds=rooms.feeds.queries, registrar=registrar, reviews=rooms.reviews
        )
        self._registration = Registration(
            table=engines.table,
            queries=rooms.catalog_queries,
            registrar=registrar,
            reviews=rooms.reviews,
            judge=submission_judge(engines=engines, room=rooms.feeds),
        )
        self._feeds = FeedMachinery(engines=engines, room=rooms.feeds, registrar=registrar)
        self._twins = twins_over(
            engines=engines, catalog=rooms.catalog_queries, joins=rooms.product_joins, reviews=rooms.reviews
        )
        self._publishing = PublishingMachinery(engines=engines, room=rooms.publishing)
        self._pictures = PictureMachinery(engines=engines, feeds=rooms.feeds.queries)
        self._erasure = ShopperErasure(
            table=engines.table, cipher=engines.cipher, policy=engines.order_policies.disclosure
        )
        self._channels = SupplierChannels(engines=engines, rooms=rooms)

    def handlers(self) -> Mapping[str, Handler]:
        """Return the handler of every task of every workflow."""
        return {**self._verifier.handlers(), **self._registration.handlers(), **self._feeds.handlers()}

    def pipes(self, *, runner: WorkflowRunner) -> tuple[Pipe, ...]:
        """Return the pipes of all rooms; ``runner`` runs the workflows that they start."""
        rooms, clock = self._rooms, self._engines.clock
        return (
            *suppliers_pipes.pipes(
                runner=runner,
                workflow=verification_workflow(checks=self._checks),
                suppliers=rooms.suppliers,
                reviews=rooms.reviews,
                clock=clock,
            ),
            *inventory_pipes.pipes(registration=self._registration, offers=rooms.offers, runner=runner),
            self._feeds.pipe(),
            *self._publishing.pipes(),
            *self._review_group_pipes,
            *self._pictures.pipes(),
            product_joins_pipe(joins=rooms.product_joins),
            *twin_pipes(finder=self._twins),
            *self._channels.pipes(),
            allocate_again_pipe(use_cases=rooms.orders, clock=clock),
            *hand_over_pipes(orders=rooms.orders, reviews=rooms.reviews),
            *rooms.order_roads.pipes(),
            rooms.people.reset_mails.pipe(),
            supplier_mails_pipe(mail=rooms.mail.mail, clock=clock),
            shipping_mails(engines=self._engines, mail=rooms.mail.mail),
            mailboxes_pipe(
                mailboxes=rooms.supplier_mailboxes, table=self._engines.table, mail=rooms.mail.mail, clock=clock
            ),
            self._terms_news().pipe(),
            rescreening_pipe(rescreening=rooms.supplier_rescreening, clock=clock),
            *return_pipes(engines=self._engines, room=rooms.returns, mail=rooms.mail.mail),
            *incident_pipes(engines=self._engines, room=rooms.incidents, mail=rooms.mail.mail),
            self._erasure.pipe(),
            *scorecard_pipes(engines=self._engines, room=rooms.scorecards, mail=rooms.mail.mail),
            webhook_mails(engines=self._engines, endpoints=rooms.webhook_endpoints, mail=rooms.mail.mail),
            duties_pipe(table=self._engines.table, clock=clock),
            overview_pipe(table=self._engines.table, clock=clock),
        )

    def _terms_news(self) -> TermsNews:
        engines, rooms = self._engines, self._rooms
        return TermsNews(
            terms=rooms.terms,
            queries=rooms.terms_queries,
            suppliers=rooms.supplier_queries,
            table=engines.table,
            mail=rooms.mail.mail,
            clock=engines.clock,
            public_address=engines.settings.reached_at,
        )

    def timers(self) -> tuple[Timer, ...]:
        """Return the timers of all rooms."""
        return (
            self._rooms.mail.dispatcher.timer(),
            self._rooms.duties.timer(),
            *self._rooms.returns.workflow.timers(),
            self._rooms.incidents.timer(),
            self._rooms.scorecards.scorecards.timer(),
            self._erasure.timer(),
            self._publishing.timer(),
            twin_timer(finder=self._twins),
            acknowledgment_timer(use_cases=self._rooms.purchase_orders),
            shipping_timer(use_cases=self._rooms.purchase_orders),
            self._rooms.reservations.timer(),
            *self._rooms.order_roads.timers(),
            *self._rooms.edi.timers(),
            supplier_timer(life=self._rooms.supplier_life),
            terms_timer(terms=self._rooms.terms),
            escalation_timer(use_cases=self._rooms.reviews),
            *self._pictures.timers(),
            *self._rooms.feeds.ways_in.timers(),
        )

    def sources(self, *, runner: WorkflowRunner) -> Mapping[str, Source]:
        """Return what runs beside pipes and timers: queue consumers, dispatchers, and the lanes of feeds."""
        engines, rooms = self._engines, self._rooms
        return {
            **self._publishing.sources(),
            **self._channels.sources(),
            "feeds": self._feeds.lanes(runner=runner),
            **rooms.feeds.ways_in.running(),
            **rooms.order_roads.sources(),
            "reviews": ReviewQueueConsumer(
                queue=engines.manual_verification, reviews=rooms.reviews, clock=engines.clock
            ),
            "webhooks": WebhookDispatcher(
                table=engines.table,
                stream=engines.stream,
                checkpoints=engines.checkpoints,
                endpoints=rooms.webhook_endpoints,
                caller=engines.caller,
                signer=engines.signer,
                clock=engines.clock,
                holder=engines.holder,
            ),
        }
