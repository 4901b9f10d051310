"""The portal put together: which path shows which page, and who may open the door."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.routing import Route
from starlette.types import ASGIApp

from openaisle.entrypoints.console.door import SafetyHeaders
from openaisle.entrypoints.console.forms import FormLimits
from openaisle.entrypoints.portal.door import PortalDoor, page_unknown
from openaisle.entrypoints.portal.mapping_pages import MappingPages, MappingRooms
from openaisle.entrypoints.portal.pages import PortalPages, PortalRooms
from openaisle.entrypoints.portal.sessions import PortalSessions
from openaisle.entrypoints.portal.sign_in import PortalSignIn
from openaisle.kernel.permissions import Permission

if TYPE_CHECKING:
    from openaisle.bootstrap import Marketplace

# A file may have a thousand columns, each with its meaning, unit and values.
_WIDE_FORM = FormLimits(maximum_bytes=1_000_000, maximum_fields=4_000)
PORTAL_PATH = "/portal"


def portal_application(*, marketplace: Marketplace) -> ASGIApp:
    """Return the application that is mounted at ``/portal``."""
    engines, rooms = marketplace.engines, marketplace.rooms
    sessions = PortalSessions(
        table=engines.table,
        api_keys=rooms.api_keys,
        api_key_queries=rooms.api_key_queries,
        entropy=secrets.token_bytes,
    )
    door = PortalDoor(sessions=sessions, clock=engines.clock)
    sign_in = PortalSignIn(sessions=sessions, applications=rooms.supplier_applications, clock=engines.clock)
    pages = PortalPages(
        rooms=PortalRooms(
            suppliers=rooms.suppliers,
            queries=rooms.supplier_queries,
            applications=rooms.supplier_applications,
            documents=rooms.supplier_documents,
        )
    )
    mapping_pages = MappingPages(
        rooms=MappingRooms(
            suppliers=rooms.supplier_queries,
            mappings=rooms.feeds.mappings,
            previews=rooms.feeds.previews,
        )
    )
    return assembled_portal(door=door, sign_in=sign_in, pages=pages, mapping_pages=mapping_pages)


def assembled_portal(
    *, door: PortalDoor, sign_in: PortalSignIn, pages: PortalPages, mapping_pages: MappingPages
) -> ASGIApp:
    """Return the portal of these pages."""
    routes = [
        Route("/sign-in", door.open(sign_in.show), methods=["GET"]),
        Route("/sign-in", door.open(sign_in.submit), methods=["POST"]),
        Route("/apply", door.open(sign_in.show_application), methods=["GET"]),
        Route("/apply", door.open(sign_in.apply), methods=["POST"]),
        Route("/sign-out", door.form(sign_in.sign_out), methods=["POST"]),
        Route("/", door.page(pages.status), methods=["GET"]),
        Route("/steps/{section}", door.page(pages.step), methods=["GET"]),
        Route("/steps/{section}", door.form(pages.save_step), methods=["POST"]),
        Route("/submission", door.form(pages.submit), methods=["POST"]),
        Route("/answers", door.form(pages.answer), methods=["POST"]),
        Route("/documents", door.upload(pages.add_document), methods=["POST"]),
        Route("/documents/{document_id}", door.page(pages.download), methods=["GET"]),
        Route("/documents/{document_id}/removal", door.form(pages.remove_document), methods=["POST"]),
        Route("/feeds/{feed_id}/mapping", door.page(mapping_pages.show), methods=["GET"]),
        Route(
            "/feeds/{feed_id}/mapping",
            door.form(mapping_pages.submit, permission=Permission.CATALOG_CHANGE, limits=_WIDE_FORM),
            methods=["POST"],
        ),
    ]
    return SafetyHeaders(application=Starlette(routes=routes, exception_handlers={HTTPException: page_unknown}))
