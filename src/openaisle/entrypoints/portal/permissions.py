"""What each page and form of the portal asks for."""

from __future__ import annotations

from openaisle.entrypoints.console.permissions import permission_at
from openaisle.kernel.permissions import Permission

_PREFIX = "/portal"
_PAGES = (
    ("/users", Permission.PEOPLE_MANAGE),
    # Documents hold what identifies people, which not everybody who may read needs to see.
    ("/documents", Permission.SUPPLIERS_CHANGE),
)
_FORMS = (
    ("/sign-out", Permission.READ),
    ("/account", Permission.READ),
    ("/users", Permission.PEOPLE_MANAGE),
    ("/feeds", Permission.CATALOG_CHANGE),
    ("/purchase-orders", Permission.ORDERS_CHANGE),
    ("/returns", Permission.ORDERS_CHANGE),
    ("/incidents", Permission.ORDERS_CHANGE),
    ("/feed-uploads", Permission.CATALOG_CHANGE),
    ("/feed-sources", Permission.CATALOG_CHANGE),
)


def permission_of_page(*, path: str) -> Permission:
    """Return what reading the page at ``path`` (with /portal) asks for."""
    return permission_at(path=path, prefix=_PREFIX, table=_PAGES, otherwise=Permission.READ)


def permission_of_form(*, path: str) -> Permission:
    """Return what sending a form to ``path`` (with /portal) asks for."""
    return permission_at(path=path, prefix=_PREFIX, table=_FORMS, otherwise=Permission.SUPPLIERS_CHANGE)
