"""The portal put together: which path shows which page, and who may open the door."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from openaisle.entrypoints.console.door import SafetyHeaders
from openaisle.entrypoints.console.forms import FormLimits
from openaisle.entrypoints.console.pages.account import AccountPages, ProfilePage
from openaisle.entrypoints.console.pages.people import PeoplePage, PeoplePages
from openaisle.entrypoints.console.pages.sign_in import Doorway, PasswordPages, SignInPages
from openaisle.entrypoints.http.rate_limit import RateLimit
from openaisle.entrypoints.portal.door import PortalDoor, PortalVisit, page_unknown
from openaisle.entrypoints.portal.feed_routes import feed_pages_of, feed_routes
from openaisle.entrypoints.portal.fields import STEPS
from openaisle.entrypoints.portal.house import PORTAL
from openaisle.entrypoints.portal.incidents import incident_routes
from openaisle.entrypoints.portal.mailbox import MailboxPages
from openaisle.entrypoints.portal.mapping_pages import MappingPages, MappingRooms
from openaisle.entrypoints.portal.pages import PortalPages, PortalRooms
from openaisle.entrypoints.portal.purchase_order_link import LinkRooms, PurchaseOrderLinkPages
from openaisle.entrypoints.portal.purchase_orders import purchase_order_routes
from openaisle.entrypoints.portal.returns import return_routes
from openaisle.entrypoints.portal.scorecard import ScorecardPage
from openaisle.entrypoints.portal.sessions import PortalSessions
from openaisle.entrypoints.portal.shipping_terms import shipping_terms_routes
from openaisle.entrypoints.portal.sign_in import ApplyPages
from openaisle.entrypoints.portal.terms import PortalTerms
from openaisle.kernel.errors import OpenAisleError

if TYPE_CHECKING:
    from openaisle.bootstrap import Marketplace
    from openaisle.bootstrap.people import PeopleRoom
    from openaisle.suppliers.queries import SupplierQueries

# A file may have a thousand columns, each with its meaning, unit and values.
_WIDE_FORM = FormLimits(maximum_bytes=1_000_000, maximum_fields=4_000)


def portal_application(*, marketplace: Marketplace, limit: RateLimit) -> ASGIApp:
    """Return the application that is mounted at ``/portal``; ``limit`` bounds how often strangers may apply."""
    engines, rooms = marketplace.engines, marketplace.rooms
    sessions = PortalSessions(
        table=engines.table,
        api_keys=rooms.api_keys,
        api_key_queries=rooms.api_key_queries,
        user_sessions=rooms.people.sessions,
        entropy=secrets.token_bytes,
    )
    door = PortalDoor(sessions=sessions, clock=engines.clock, audit=rooms.people.audit)
    doorway = Doorway(clock=engines.clock, house=PORTAL)
    applying = ApplyPages(
        sessions=sessions, applications=rooms.supplier_applications, doorway=doorway, clock=engines.clock, limit=limit
    )
    pages = PortalPages(
        rooms=PortalRooms(
            suppliers=rooms.suppliers,
            queries=rooms.supplier_queries,
            applications=rooms.supplier_applications,
            documents=rooms.supplier_documents,
            terms=rooms.terms_queries,
        )
    )
    mapping_pages = MappingPages(
        rooms=MappingRooms(
            suppliers=rooms.supplier_queries,
            mappings=rooms.feeds.mappings,
            previews=rooms.feeds.previews,
        )
    )
    terms = PortalTerms(use_cases=rooms.terms, queries=rooms.terms_queries, suppliers=rooms.supplier_queries)
    scorecard = ScorecardPage(queries=rooms.scorecards.queries, suppliers=rooms.supplier_queries)
    mailbox = MailboxPages(mailboxes=rooms.supplier_mailboxes, doorway=doorway)
    by_link = PurchaseOrderLinkPages(
        rooms=LinkRooms(
            links=rooms.supplier_roads.links,
            purchase_orders=rooms.purchase_orders,
            queries=rooms.order_queries,
            address_reads=rooms.address_reads,
        ),
        doorway=doorway,
    )
    routes = [
        Route("/purchase-order", door.open(by_link.show), methods=["GET"]),
        Route("/purchase-order", door.open(by_link.submit), methods=["POST"]),
        Route("/mailbox", door.open(mailbox.show), methods=["GET"]),
        Route("/mailbox", door.open(mailbox.confirm), methods=["POST"]),
        Route("/mailbox/links", door.form(mailbox.ask_again), methods=["POST"]),
        *_sign_in_routes(door=door, doorway=doorway, sessions=sessions, people=rooms.people),
        Route("/apply", door.open(applying.show), methods=["GET"]),
        Route("/apply", door.open(applying.apply), methods=["POST"]),
        *_people_routes(door=door, people=rooms.people, queries=rooms.supplier_queries),
        *_application_routes(door=door, pages=pages),
        *purchase_order_routes(door=door, rooms=rooms),
        *return_routes(door=door, rooms=rooms),
        *incident_routes(door=door, rooms=rooms),
        *shipping_terms_routes(door=door, rooms=rooms),
        *feed_routes(door=door, pages=feed_pages_of(rooms=rooms)),
        Route("/feeds/{feed_id}/mapping", door.page(mapping_pages.show), methods=["GET"]),
        Route("/feeds/{feed_id}/mapping", door.form(mapping_pages.submit, limits=_WIDE_FORM), methods=["POST"]),
        Route("/scorecard", door.page(scorecard.show), methods=["GET"]),
        Route("/terms", door.page(terms.listed), methods=["GET"]),
        Route("/terms/{version}/agreement", door.form(terms.agree), methods=["POST"]),
        Route("/terms/{version}/termination", door.form(terms.leave), methods=["POST"]),
    ]
    return SafetyHeaders(application=Starlette(routes=routes, exception_handlers={HTTPException: page_unknown}))


def _sign_in_routes(*, door: PortalDoor, doorway: Doorway, sessions: PortalSessions, people: PeopleRoom) -> list[Route]:
    pages = SignInPages(sessions=sessions, sign_in=people.sign_in, doorway=doorway)
    passwords = PasswordPages(people=people.people, doorway=doorway)
    return [
        Route("/sign-in", door.open(pages.show), methods=["GET"]),
        Route("/sign-in", door.open(pages.submit), methods=["POST"]),
        Route("/sign-in/code", door.open(pages.submit_code), methods=["POST"]),
        Route("/sign-out", door.form(pages.sign_out), methods=["POST"]),
        Route("/password", door.open(passwords.show), methods=["GET"]),
        Route("/password", door.open(passwords.submit), methods=["POST"]),
        Route("/password-reset", door.open(passwords.show_reset), methods=["GET"]),
        Route("/password-reset", door.open(passwords.submit_reset), methods=["POST"]),
    ]


def _people_routes(*, door: PortalDoor, people: PeopleRoom, queries: SupplierQueries) -> list[Route]:
    async def framed(
        visit: PortalVisit, *, template: str, page: PeoplePage | ProfilePage, problem: OpenAisleError | None
    ) -> Response:
        view = await queries.own(scope=visit.scope, at=visit.now)
        return visit.page(template=template, page=page, problem=problem, view=view, steps=STEPS)

    async def shown_users(visit: PortalVisit, page: PeoplePage, problem: OpenAisleError | None) -> Response:
        return await framed(visit, template="portal_users", page=page, problem=problem)

    async def shown_account(visit: PortalVisit, page: ProfilePage, problem: OpenAisleError | None) -> Response:
        return await framed(visit, template="portal_account", page=page, problem=problem)

    users = PeoplePages(
        people=people.people,
        queries=people.queries,
        house=PORTAL,
        name="users",
        supplier_of=lambda visit: visit.session.supplier_id,
        account_name="account",
        show=shown_users,
    )
    account = AccountPages(
        people=people.people,
        queries=people.queries,
        sessions=people.sessions,
        house=PORTAL,
        name="account",
        show=shown_account,
    )
    return [
        Route("/users", door.page(users.listed), methods=["GET"]),
        Route("/users/invitations", door.form(users.invite), methods=["POST"]),
        Route("/users/{user_id}/role", door.form(users.change_role), methods=["POST"]),
        Route("/users/{user_id}/state", door.form(users.change_state), methods=["POST"]),
        Route("/account", door.page(account.profile), methods=["GET"]),
        Route("/account/password", door.form(account.change_password), methods=["POST"]),
        Route("/account/authenticator", door.form(account.begin_authenticator), methods=["POST"]),
        Route("/account/authenticator/confirmation", door.form(account.confirm_authenticator), methods=["POST"]),
        Route("/account/authenticator/removal", door.form(account.remove_authenticator), methods=["POST"]),
        Route("/account/sessions", door.form(account.end_sessions), methods=["POST"]),
    ]


def _application_routes(*, door: PortalDoor, pages: PortalPages) -> list[Route]:
    return [
        Route("/", door.page(pages.status), methods=["GET"]),
        Route("/steps/{section}", door.page(pages.step), methods=["GET"]),
        Route("/steps/{section}", door.form(pages.save_step), methods=["POST"]),
        Route("/submission", door.form(pages.submit), methods=["POST"]),
        Route("/answers", door.form(pages.answer), methods=["POST"]),
        Route("/documents", door.upload(pages.add_document), methods=["POST"]),
        Route("/documents/{document_id}", door.page(pages.download), methods=["GET"]),
        Route("/documents/{document_id}/removal", door.form(pages.remove_document), methods=["POST"]),
    ]
