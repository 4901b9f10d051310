"""The reference page of roles and permissions, derived from their table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet

from openaisle.kernel.context import Role
from openaisle.kernel.http import Operation
from openaisle.kernel.permissions import STAFF_PERMISSIONS, SUPPLIER_PERMISSIONS, Permission, UserRole

_MEANINGS = {
    Permission.READ: "see everything of one's party, with tax ids and bank accounts masked",
    Permission.SUPPLIERS_CHANGE: "amend, suspend and reinstate suppliers; for suppliers' users: their own application",
    Permission.REVIEWS_DECIDE: "claim and decide review tasks",
    Permission.CATALOG_CHANGE: "submit products and feeds, change offers, products and stock",
    Permission.ORDERS_CHANGE: "cancel orders; acknowledge, ship and deliver purchase orders",
    Permission.PAYMENTS_CHANGE: "change what concerns payouts",
    Permission.INTEGRATIONS_CHANGE: "change webhook endpoints and connections",
    Permission.TAX_IDS_REVEAL: "see tax ids in clear, with an entry in the audit trail",
    Permission.BANK_ACCOUNTS_REVEAL: "see the bank account in clear, with an entry in the audit trail",
    Permission.PEOPLE_MANAGE: "invite, change and disable people of one's party, issue and revoke API keys",
    Permission.AUDIT_READ: "read the audit trail",
    Permission.SETTINGS_CHANGE: "change what no other permission names",
}
_HEAD = """\
# Roles and permissions

{derived}

People of the operator and of suppliers have one role each, and a role has permissions. The same table is asked for
sessions and for API keys: a key issued with `user_role` does no more than a person of that role, a key without one may
do all that its party may (`administrator`, `owner`). Storefronts are machines and have no roles. Reading asks for
`read`; an operation that changes something names its permission in the last table. What is not allowed is answered
with `permission-missing` and, where a person of the operator or a session asked, written into the audit trail."""


def roles_page(*, operations: Sequence[Operation], derived: str) -> str:
    """Return the page as Markdown; ``derived`` is the sentence that says where it comes from."""
    lines = [_HEAD.format(derived=derived), "", "## Permissions", "", "| permission | what it allows |", "|---|---|"]
    lines += [f"| `{permission.value}` | {_MEANINGS[permission]} |" for permission in Permission]
    lines += ["", "## The operator's staff", "", *_matrix(STAFF_PERMISSIONS)]
    lines += ["", "## Suppliers' users", "", "A supplier's user only ever reaches what is that supplier's.", ""]
    lines += [*_matrix(SUPPLIER_PERMISSIONS), "", "## What changing something asks for", ""]
    lines += ["| operation | permission |", "|---|---|"]
    peopled = {Role.OPERATOR, Role.SUPPLIER}
    lines += [
        f"| `{operation.method} {operation.path}` | `{operation.needed_permission.value}` |"
        for operation in operations
        if operation.roles & peopled and (operation.method != "GET" or operation.permission is not None)
    ]
    return "\n".join(lines) + "\n"


def _matrix(table: Mapping[UserRole, AbstractSet[Permission]]) -> list[str]:
    header = "| | " + " | ".join(f"`{role.value}`" for role in table) + " |"
    rows = [
        f"| `{permission.value}` | "
        + " | ".join("yes" if permission in permissions else "" for permissions in table.values())
        + " |"
        for permission in Permission
        if any(permission in permissions for permissions in table.values())
    ]
    return [header, "|---|" + "---|" * len(table), *rows]
