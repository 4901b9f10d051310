"""The console put together: which path shows which page, and who may open the door."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Protocol

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from openaisle.access.queries import ApiKeyQueries
from openaisle.access.use_cases import ApiKeys
from openaisle.analytics.queries import OverviewQueries
from openaisle.catalog.queries import CatalogQueries
from openaisle.catalog.schemas.exports import SchemaExports
from openaisle.catalog.schemas.queries import SchemaQueries
from openaisle.catalog.schemas.use_cases import CategorySchemas
from openaisle.catalog.taxonomy.queries import TaxonomyQueries
from openaisle.duties.use_cases import Duties
from openaisle.entrypoints.console.door import Door, Handler, SafetyHeaders, answered, page_unknown
from openaisle.entrypoints.console.feed_routes import feed_routes
from openaisle.entrypoints.console.house import CONSOLE
from openaisle.entrypoints.console.pages.account import AccountPages, ProfilePage
from openaisle.entrypoints.console.pages.allocation_subjects import AllocationSubjects
from openaisle.entrypoints.console.pages.audit import AUDIT_HREF, AuditPages
from openaisle.entrypoints.console.pages.categories import CategoryPages
from openaisle.entrypoints.console.pages.clocks import ClockPages
from openaisle.entrypoints.console.pages.feeds import ConsoleFeeds, FeedPages
from openaisle.entrypoints.console.pages.group_subjects import GroupSubjects
from openaisle.entrypoints.console.pages.mails import MailPages
from openaisle.entrypoints.console.pages.orders import OrderPages
from openaisle.entrypoints.console.pages.overview import OverviewPages
from openaisle.entrypoints.console.pages.people import PeoplePage, PeoplePages
from openaisle.entrypoints.console.pages.products import ProductPages
from openaisle.entrypoints.console.pages.provider import ProviderPages
from openaisle.entrypoints.console.pages.reviews import ReviewPages
from openaisle.entrypoints.console.pages.rules import RulePages
from openaisle.entrypoints.console.pages.sign_in import Doorway, PasswordPages, SignInPages
from openaisle.entrypoints.console.pages.sign_in_links import LinkPages
from openaisle.entrypoints.console.pages.subjects import SubmissionSubjects, SupplierSubjects, TwinSubjects
from openaisle.entrypoints.console.pages.supplier_life import SupplierLifePages
from openaisle.entrypoints.console.pages.suppliers import SupplierPages
from openaisle.entrypoints.console.pages.terms import TermsPages
from openaisle.entrypoints.console.pages.webhooks import WebhookPages
from openaisle.entrypoints.console.sessions.use_cases import Sessions
from openaisle.entrypoints.console.static_files import StaticFiles
from openaisle.entrypoints.console.visits import Visit
from openaisle.feeds.doubts.queries import ReviewGroupQueries
from openaisle.inventory.queries import InventoryQueries
from openaisle.kernel.context import Clock
from openaisle.kernel.errors import OpenAisleError
from openaisle.kernel.stream import ChangeStream
from openaisle.kernel.table import Table
from openaisle.mail.queries import MailQueries
from openaisle.mail.use_cases import Mail
from openaisle.orders.queries import OrderQueries
from openaisle.people.audit import AuditTrail
from openaisle.people.identity_provider import StaffIdentityProvider
from openaisle.people.queries import PeopleQueries
from openaisle.people.sessions import UserSessions
from openaisle.people.sign_in import SignIn
from openaisle.people.use_cases import People
from openaisle.publishing.queries import PublishingQueries
from openaisle.reviews.history import ReviewHistories
from openaisle.reviews.queries import ReviewQueries
from openaisle.reviews.rules.queries import RuleQueries
from openaisle.reviews.rules.use_cases import KeptRules
from openaisle.reviews.use_cases import Reviews
from openaisle.suppliers.documents import SupplierDocuments
from openaisle.suppliers.life import SupplierLife
from openaisle.suppliers.queries import SupplierQueries
from openaisle.suppliers.revealing import Revealing
from openaisle.suppliers.terms.queries import TermsQueries
from openaisle.suppliers.terms.use_cases import Terms
from openaisle.suppliers.use_cases import Suppliers
from openaisle.webhooks.queries import WebhookQueries


class ConsolePeople(Protocol):
    """What the console asks of the room of people."""

    @property
    def people(self) -> People:
        """The use cases of users."""
        ...

    @property
    def sign_in(self) -> SignIn:
        """The use cases of signing in."""
        ...

    @property
    def sessions(self) -> UserSessions:
        """The sessions of people."""
        ...

    @property
    def queries(self) -> PeopleQueries:
        """The queries of users."""
        ...

    @property
    def audit(self) -> AuditTrail:
        """The audit trail."""
        ...

    @property
    def identity_provider(self) -> StaffIdentityProvider:
        """Signing in by the operator's identity provider."""
        ...


class HasRoutes(Protocol):
    """Pages that say themselves at which path each is shown."""

    def routes(self, *, door: Door) -> list[Route]:
        """Return which path shows which page."""
        ...


@dataclass(frozen=True, kw_only=True)
class ConsoleRooms:
    """What the console asks and calls."""

    clock: Clock
    table: Table
    stream: ChangeStream
    api_keys: ApiKeys
    api_key_queries: ApiKeyQueries
    suppliers: Suppliers
    supplier_queries: SupplierQueries
    supplier_life: SupplierLife
    supplier_documents: SupplierDocuments
    revealing: Revealing
    reviews: Reviews
    review_queries: ReviewQueries
    review_histories: ReviewHistories
    review_rules: KeptRules
    review_rule_queries: RuleQueries
    review_groups: ReviewGroupQueries
    order_queries: OrderQueries
    catalog_queries: CatalogQueries
    feeds: ConsoleFeeds
    taxonomy_queries: TaxonomyQueries
    schema_queries: SchemaQueries
    category_schemas: CategorySchemas
    schema_exports: SchemaExports
    inventory_queries: InventoryQueries
    publishing_queries: PublishingQueries
    webhook_queries: WebhookQueries
    overview_queries: OverviewQueries
    people: ConsolePeople
    mail: Mail
    mail_queries: MailQueries
    duties: Duties
    terms: Terms
    terms_queries: TermsQueries
    more: tuple[HasRoutes, ...] = ()


def console_sessions(
    *, table: Table, api_keys: ApiKeys, api_key_queries: ApiKeyQueries, user_sessions: UserSessions
) -> Sessions:
    """Return the sessions of a console; a demonstration makes its sign-in link with them."""
    return Sessions(
        table=table,
        api_keys=api_keys,
        api_key_queries=api_key_queries,
        user_sessions=user_sessions,
        entropy=secrets.token_bytes,
    )


def assembled_console(*, rooms: ConsoleRooms) -> ASGIApp:
    """Return the application that is mounted at ``/console``."""
    sessions = console_sessions(
        table=rooms.table,
        api_keys=rooms.api_keys,
        api_key_queries=rooms.api_key_queries,
        user_sessions=rooms.people.sessions,
    )
    door = Door(sessions=sessions, clock=rooms.clock, audit=rooms.people.audit)
    routes = [
        *_sign_in_routes(door=door, sessions=sessions, rooms=rooms),
        *_people_routes(door=door, people=rooms.people),
        *_reading_routes(door=door, rooms=rooms),
        *_deciding_routes(door=door, rooms=rooms),
        *_category_routes(door=door, rooms=rooms),
        *(route for pages in rooms.more for route in pages.routes(door=door)),
        *feed_routes(door=door, pages=FeedPages(feeds=rooms.feeds, suppliers=rooms.supplier_queries)),
        Route("/static/{name}", answered(StaticFiles().serve)),
    ]
    return SafetyHeaders(application=Starlette(routes=routes, exception_handlers={HTTPException: page_unknown}))


def _sign_in_routes(*, door: Door, sessions: Sessions, rooms: ConsoleRooms) -> list[Route]:
    people, doorway = rooms.people, Doorway(clock=rooms.clock, house=CONSOLE)
    pages = SignInPages(
        sessions=sessions,
        sign_in=people.sign_in,
        doorway=doorway,
        provider_offered=people.identity_provider.is_offered,
    )
    links = LinkPages(sessions=sessions, pages=pages, doorway=doorway)
    passwords = PasswordPages(people=people.people, doorway=doorway)
    provider = ProviderPages(identity_provider=people.identity_provider, doorway=doorway)
    return [
        Route("/sign-in", answered(links.show), methods=["GET"]),
        Route("/sign-in", answered(pages.submit), methods=["POST"]),
        Route("/sign-in/code", answered(pages.submit_code), methods=["POST"]),
        Route("/sign-out", door.form(pages.sign_out), methods=["POST"]),
        Route("/password", answered(passwords.show), methods=["GET"]),
        Route("/password", answered(passwords.submit), methods=["POST"]),
        Route("/password-reset", answered(passwords.show_reset), methods=["GET"]),
        Route("/password-reset", answered(passwords.submit_reset), methods=["POST"]),
        Route("/provider", answered(provider.depart), methods=["GET"]),
        Route("/provider/return", answered(provider.return_), methods=["GET"]),
    ]


def _people_routes(*, door: Door, people: ConsolePeople) -> list[Route]:
    pages = PeoplePages(
        people=people.people,
        queries=people.queries,
        house=CONSOLE,
        name="people",
        supplier_of=lambda _: None,
        account_name="profile",
        show=_shown_people,
        audit_href=AUDIT_HREF,
    )
    account = AccountPages(
        people=people.people,
        queries=people.queries,
        sessions=people.sessions,
        house=CONSOLE,
        name="profile",
        show=_shown_profile,
    )
    audit = AuditPages(audit=people.audit)
    read: dict[str, Handler] = {"/people": pages.listed, "/profile": account.profile, "/audit": audit.listed}
    sent: dict[str, Handler] = {
        "/people/invitations": pages.invite,
        "/people/{user_id}/role": pages.change_role,
        "/people/{user_id}/state": pages.change_state,
        "/profile/password": account.change_password,
        "/profile/authenticator": account.begin_authenticator,
        "/profile/authenticator/confirmation": account.confirm_authenticator,
        "/profile/authenticator/removal": account.remove_authenticator,
        "/profile/sessions": account.end_sessions,
    }
    return [
        *(Route(path, door.page(handler), methods=["GET"]) for path, handler in read.items()),
        *(Route(path, door.form(handler), methods=["POST"]) for path, handler in sent.items()),
    ]


async def _shown_people(visit: Visit, page: PeoplePage, problem: OpenAisleError | None) -> Response:
    return visit.page(template="people", here="people", page=page, problem=problem)


async def _shown_profile(visit: Visit, page: ProfilePage, problem: OpenAisleError | None) -> Response:
    return visit.page(template="profile", here="profile", page=page, problem=problem)


def _reading_routes(*, door: Door, rooms: ConsoleRooms) -> list[Route]:
    overview = OverviewPages(
        overview=rooms.overview_queries,
        orders=rooms.order_queries,
        suppliers=rooms.supplier_queries,
        stream=rooms.stream,
    )
    orders = OrderPages(
        queries=rooms.order_queries,
        suppliers=rooms.supplier_queries,
        catalog=rooms.catalog_queries,
        api_keys=rooms.api_key_queries,
    )
    products = ProductPages(
        catalog=rooms.catalog_queries,
        inventory=rooms.inventory_queries,
        suppliers=rooms.supplier_queries,
        publishing=rooms.publishing_queries,
    )
    webhooks = WebhookPages(queries=rooms.webhook_queries)
    pages: dict[str, Handler] = {
        "/": overview.show,
        "/fragments/figures": overview.figures_fragment,
        "/fragments/orders": overview.orders_fragment,
        "/fragments/events": overview.events_fragment,
        "/orders": orders.listed,
        "/fragments/order-list": orders.list_fragment,
        "/orders/find": orders.find,
        "/orders/{order_id}": orders.detail,
        "/fragments/orders/{order_id}": orders.detail_fragment,
        "/products": products.listed,
        "/webhooks": webhooks.listed,
        "/fragments/webhooks": webhooks.list_fragment,
        "/products/{product_id}": products.detail,
    }
    return [Route(path, door.page(handler), methods=["GET"]) for path, handler in pages.items()]


def _deciding_routes(*, door: Door, rooms: ConsoleRooms) -> list[Route]:
    suppliers = SupplierPages(
        queries=rooms.supplier_queries, use_cases=rooms.suppliers, orders=rooms.order_queries, duties=rooms.duties
    )
    life = SupplierLifePages(
        pages=suppliers,
        life=rooms.supplier_life,
        documents=rooms.supplier_documents,
        revealing=rooms.revealing,
        audit=rooms.people.audit,
    )
    rules = RulePages(queries=rooms.review_rule_queries, use_cases=rooms.review_rules)
    reviews = ReviewPages(
        queries=rooms.review_queries,
        histories=rooms.review_histories,
        use_cases=rooms.reviews,
        subjects={
            "supplier": SupplierSubjects(queries=rooms.supplier_queries),
            "product_submission": SubmissionSubjects(queries=rooms.catalog_queries),
            "product_rows": GroupSubjects(queries=rooms.review_groups, suppliers=rooms.supplier_queries),
            "product_twins": TwinSubjects(queries=rooms.catalog_queries),
            "order_allocation": AllocationSubjects(queries=rooms.order_queries),
        },
    )
    mails = MailPages(queries=rooms.mail_queries, mail=rooms.mail)
    terms = TermsPages(use_cases=rooms.terms, queries=rooms.terms_queries, suppliers=rooms.supplier_queries)
    clocks = ClockPages(duties=rooms.duties, suppliers=rooms.supplier_queries)
    read: dict[str, Handler] = {
        "/clocks": clocks.listed,
        "/terms": terms.listed,
        "/terms/{version}": terms.detail,
        "/mails": mails.listed,
        "/mails/{mail_id}": mails.detail,
        "/suppliers": suppliers.listed,
        "/suppliers/{supplier_id}": suppliers.detail,
        "/suppliers/{supplier_id}/documents/{document_id}": life.download,
        "/reviews": reviews.listed,
        "/reviews/{task_id}": reviews.detail,
        "/rules": rules.listed,
        "/rules/{rule_id}": rules.detail,
    }
    sent: dict[str, Handler] = {
        "/terms": terms.publish,
        "/mails/{mail_id}/again": mails.send_again,
        "/suppliers/{supplier_id}/suspension": suppliers.suspend,
        "/suppliers/{supplier_id}/reinstatement": suppliers.reinstate,
        "/suppliers/{supplier_id}/notice": life.give_notice,
        "/suppliers/{supplier_id}/notice-withdrawal": life.withdraw_notice,
        "/suppliers/{supplier_id}/reverification": life.reverify,
        "/suppliers/{supplier_id}/reveal/{field}": life.reveal,
        "/suppliers/{supplier_id}/documents/{document_id}/removal": life.remove_document,
        "/reviews/{task_id}/claim": reviews.claim,
        "/reviews/resolutions": reviews.resolve_many,
        "/reviews/{task_id}/resolution": reviews.resolve,
        "/reviews/{task_id}/assignment": reviews.assign,
        "/reviews/{task_id}/release": reviews.release,
        "/reviews/{task_id}/notes": reviews.note,
        "/reviews/{task_id}/rules": rules.keep,
        "/rules/{rule_id}/test": rules.test,
        "/rules/{rule_id}/switch-on": rules.switch_on,
        "/rules/{rule_id}/switch-off": rules.switch_off,
    }
    return [
        *(Route(path, door.page(handler), methods=["GET"]) for path, handler in read.items()),
        *(Route(path, door.form(handler), methods=["POST"]) for path, handler in sent.items()),
    ]


def _category_routes(*, door: Door, rooms: ConsoleRooms) -> list[Route]:
    pages = CategoryPages(
        taxonomy=rooms.taxonomy_queries,
        schemas=rooms.schema_queries,
        use_cases=rooms.category_schemas,
        exports=rooms.schema_exports,
    )
    read: dict[str, Handler] = {
        "/categories": pages.top,
        "/categories/{category_id}": pages.detail,
        "/categories/{category_id}/attribute": pages.attribute,
        "/categories/{category_id}/template": pages.template,
        "/categories/{category_id}/json-schema": pages.json_schema,
    }
    sent: dict[str, Handler] = {
        "/categories/{category_id}/attribute": pages.save_attribute,
        "/categories/{category_id}/removal": pages.remove_attribute,
        "/categories/{category_id}/restoration": pages.restore_attribute,
        "/categories/{category_id}/variants": pages.set_variants,
    }
    return [
        *(Route(path, door.page(handler), methods=["GET"]) for path, handler in read.items()),
        *(Route(path, door.form(handler), methods=["POST"]) for path, handler in sent.items()),
    ]
