"""What a person may do: permissions, the roles of people, and the table that gives each role its permissions.

The table is data, so that it is documented (docs/reference/roles.md), tested, and asked in the same way for
sessions and for API keys.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from openaisle.kernel.errors import OpenAisleError


class Permission(StrEnum):
    """One thing that a person may do."""

    READ = "read"
    SUPPLIERS_CHANGE = "suppliers.change"
    REVIEWS_DECIDE = "reviews.decide"
    CATALOG_CHANGE = "catalog.change"
    ORDERS_CHANGE = "orders.change"
    PAYMENTS_CHANGE = "payments.change"
    INTEGRATIONS_CHANGE = "integrations.change"
    TAX_IDS_REVEAL = "tax_ids.reveal"
    BANK_ACCOUNTS_REVEAL = "bank_accounts.reveal"
    PEOPLE_MANAGE = "people.manage"
    AUDIT_READ = "audit.read"
    SETTINGS_CHANGE = "settings.change"


class UserRole(StrEnum):
    """What a person is in their party: the first four and ``read_only`` of the operator, the rest of suppliers."""

    ADMINISTRATOR = "administrator"
    REVIEWER = "reviewer"
    CATALOG_MANAGER = "catalog_manager"
    FINANCE = "finance"
    READ_ONLY = "read_only"
    OWNER = "owner"
    ORDERS = "orders"
    CATALOG = "catalog"


STAFF_PERMISSIONS: Mapping[UserRole, frozenset[Permission]] = {
    UserRole.ADMINISTRATOR: frozenset(Permission),
    UserRole.REVIEWER: frozenset(
        {
            Permission.READ,
            Permission.SUPPLIERS_CHANGE,
            Permission.REVIEWS_DECIDE,
            Permission.TAX_IDS_REVEAL,
        }
    ),
    UserRole.CATALOG_MANAGER: frozenset({Permission.READ, Permission.CATALOG_CHANGE}),
    UserRole.FINANCE: frozenset(
        {
            Permission.READ,
            Permission.PAYMENTS_CHANGE,
            Permission.TAX_IDS_REVEAL,
            Permission.BANK_ACCOUNTS_REVEAL,
        }
    ),
    UserRole.READ_ONLY: frozenset({Permission.READ}),
}
SUPPLIER_PERMISSIONS: Mapping[UserRole, frozenset[Permission]] = {
    UserRole.OWNER: frozenset(
        {
            Permission.READ,
            Permission.SUPPLIERS_CHANGE,
            Permission.CATALOG_CHANGE,
            Permission.ORDERS_CHANGE,
            Permission.PAYMENTS_CHANGE,
            Permission.INTEGRATIONS_CHANGE,
            Permission.TAX_IDS_REVEAL,
            Permission.BANK_ACCOUNTS_REVEAL,
            Permission.PEOPLE_MANAGE,
        }
    ),
    UserRole.ORDERS: frozenset({Permission.READ, Permission.ORDERS_CHANGE}),
    UserRole.CATALOG: frozenset({Permission.READ, Permission.CATALOG_CHANGE}),
    UserRole.READ_ONLY: frozenset({Permission.READ}),
}

# What changing something of a tag asks for; a tag that is not listed is for those who may change settings.
TAG_PERMISSIONS: Mapping[str, Permission] = {
    "Suppliers": Permission.SUPPLIERS_CHANGE,
    "Applications": Permission.SUPPLIERS_CHANGE,
    "Duties": Permission.SUPPLIERS_CHANGE,
    "Scorecards": Permission.SUPPLIERS_CHANGE,
    "Reviews": Permission.REVIEWS_DECIDE,
    "Catalog": Permission.CATALOG_CHANGE,
    "Products": Permission.CATALOG_CHANGE,
    "Feeds": Permission.CATALOG_CHANGE,
    "Offers": Permission.CATALOG_CHANGE,
    "Inventory": Permission.CATALOG_CHANGE,
    "Orders": Permission.ORDERS_CHANGE,
    "Purchase orders": Permission.ORDERS_CHANGE,
    "Returns": Permission.ORDERS_CHANGE,
    "Incidents": Permission.ORDERS_CHANGE,
    "Webhooks": Permission.INTEGRATIONS_CHANGE,
    "Access": Permission.PEOPLE_MANAGE,
    "People": Permission.PEOPLE_MANAGE,
}


class PermissionMissing(OpenAisleError):
    """Who asks is known, but their role does not have the permission that this needs; nothing was done."""

    code = "permission-missing"
    title = "Your role may not do this"
    status = 403
    mend = "Ask an administrator for a role that has the permission named in detail."


def permission_of(*, method: str, tag: str) -> Permission:
    """Return the permission that an operation needs which names none itself: to read, or what its tag asks for."""
    return Permission.READ if method == "GET" else TAG_PERMISSIONS.get(tag, Permission.SETTINGS_CHANGE)
