"""The portal, as far as coming in differs from the console."""

from __future__ import annotations

from openaisle.entrypoints.console.house import House
from openaisle.entrypoints.portal.rendering import rendered
from openaisle.entrypoints.portal.sessions import SuppliersOnly
from openaisle.kernel.context import Role

PORTAL = House(
    path="/portal",
    party=Role.SUPPLIER,
    session_cookie="openaisle_portal",
    visit_cookie="openaisle_portal_visit",
    sign_in_template="portal_sign_in",
    draw=rendered,
    stranger=SuppliersOnly,
)
