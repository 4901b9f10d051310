"""What each page and form of the console asks for, and pages as those see them who may not send their forms."""

from __future__ import annotations

import re
from collections.abc import Callable
from collections.abc import Set as AbstractSet

from openaisle.kernel.permissions import Permission

# By the beginning of the path under /console. A form that none fits is for those who may change settings.
_PAGES = (
    ("/people", Permission.PEOPLE_MANAGE),
    ("/audit", Permission.AUDIT_READ),
    # Where mail stays here its words are shown, and they hold the links by which people come in.
    ("/mails", Permission.PEOPLE_MANAGE),
)
_FORMS = (
    ("/sign-out", Permission.READ),
    ("/profile", Permission.READ),
    ("/people", Permission.PEOPLE_MANAGE),
    ("/mails", Permission.PEOPLE_MANAGE),
    ("/suppliers", Permission.SUPPLIERS_CHANGE),
    ("/scorecards", Permission.SUPPLIERS_CHANGE),
    ("/terms", Permission.SUPPLIERS_CHANGE),
    ("/duties", Permission.SUPPLIERS_CHANGE),
    ("/reviews", Permission.REVIEWS_DECIDE),
    ("/rules", Permission.REVIEWS_DECIDE),
    ("/products", Permission.CATALOG_CHANGE),
    ("/feeds", Permission.CATALOG_CHANGE),
    ("/categories", Permission.CATALOG_CHANGE),
    ("/offers", Permission.CATALOG_CHANGE),
    ("/orders", Permission.ORDERS_CHANGE),
    ("/undelivered", Permission.ORDERS_CHANGE),
    ("/returns", Permission.ORDERS_CHANGE),
    ("/incidents", Permission.ORDERS_CHANGE),
    ("/webhooks", Permission.INTEGRATIONS_CHANGE),
)
# Whoever may see a number in clear need not be allowed to change suppliers; by the end of the path.
_REVEALING = {
    "/reveal/tax_id": Permission.TAX_IDS_REVEAL,
    "/reveal/tax_ids": Permission.TAX_IDS_REVEAL,
    "/reveal/bank_account": Permission.BANK_ACCOUNTS_REVEAL,
}
# Documents hold what identifies people, which not everybody who may read needs to see.
_DOCUMENT = "/documents/"
_PREFIX = "/console"
_FORM = re.compile(r'<form\b(?=[^>]*\bmethod="post")([^>]*)>(.*?)</form>', re.DOTALL)
_ACTION = re.compile(r'\baction="([^"]*)"')
_CLASS = re.compile(r'\bclass="[^"]*"')
_CONTROLS = re.compile(
    r"<(button|select|textarea|label)\b.*?</\1>|<input\b[^>]*>",
    re.DOTALL,
)


def permission_of_page(*, path: str) -> Permission:
    """Return what reading the page at ``path`` (with /console) asks for."""
    if _DOCUMENT in path:
        return Permission.SUPPLIERS_CHANGE
    return permission_at(path=path, prefix=_PREFIX, table=_PAGES, otherwise=Permission.READ)


def permission_of_form(*, path: str) -> Permission:
    """Return what sending a form to ``path`` (with /console) asks for."""
    for end, permission in _REVEALING.items():
        if path.partition("#")[0].endswith(end):
            return permission
    return permission_at(path=path, prefix=_PREFIX, table=_FORMS, otherwise=Permission.SETTINGS_CHANGE)


def permission_at(
    *, path: str, prefix: str, table: tuple[tuple[str, Permission], ...], otherwise: Permission
) -> Permission:
    """Return what stands in ``table`` for the beginning of ``path`` behind ``prefix``."""
    inside = path.removeprefix(prefix)
    for beginning, permission in table:
        if inside == beginning or inside.startswith((beginning + "/", beginning + "?", beginning + "#")):
            return permission
    return otherwise


def without_forbidden_forms(
    *,
    html: str,
    permissions: AbstractSet[Permission],
    path: str,
    needed: Callable[[str], Permission] = lambda path: permission_of_form(path=path),
) -> str:
    """Return a page of ours without the controls of those forms that its reader may not send.

    Done here for every page, so that no template can forget it. What else stands in such a form stays readable.
    ``path`` is where a form without an action is sent, and ``needed`` tells what sending one to a path asks for.
    """

    def kept(found: re.Match[str]) -> str:
        action = _ACTION.search(found[1])
        if needed(action[1] if action is not None else path) in permissions:
            return found[0]
        css_class = _CLASS.search(found[1])
        return f"<div{' ' + css_class[0] if css_class is not None else ''}>{_CONTROLS.sub('', found[2])}</div>"

    return html if permissions >= set(Permission) else _FORM.sub(kept, html)
