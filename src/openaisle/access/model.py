"""API keys: what is kept of them, how their text reads, and whether a text fits. Pure; no I/O, no clock."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from datetime import datetime

import msgspec

from openaisle.kernel.context import Context, Principal, Role
from openaisle.kernel.errors import NotFound, OpenAisleError, RequestInvalid, TransitionRefused
from openaisle.kernel.permissions import STAFF_PERMISSIONS, SUPPLIER_PERMISSIONS, UserRole

SECRET_BYTES = 32
_PREFIX = "oa"
_KEY_PREFIX = "key_"
_TEXT = re.compile(r"oa_(operator|supplier|storefront)_([0-9a-z]{26})_([A-Za-z0-9_-]{43})")
_SHOWN_CHARACTERS = 4
_USER_ROLES = {Role.OPERATOR: STAFF_PERMISSIONS, Role.SUPPLIER: SUPPLIER_PERMISSIONS}
_ISSUABLE = frozenset({Role.OPERATOR, Role.SUPPLIER, Role.STOREFRONT})


class KeyMissing(OpenAisleError):
    """A request without an API key asked for something that needs one."""

    code = "key-missing"
    title = "An API key is needed"
    status = 401
    mend = "Send the header 'Authorization: Bearer oa_…' with a key that the operator issued."


class KeyUnknown(OpenAisleError):
    """A text that is no API key, or one that was never issued or has been revoked; which of these is not told."""

    code = "key-unknown"
    title = "That API key is not valid"
    status = 401
    mend = "Check that the whole key was copied; ask the operator for a new one if it was revoked."


class ApiKeyMissing(NotFound):
    """There is no API key of that identifier."""

    code = "api-key-missing"
    title = "No such API key"


class KeyRevokedAlready(TransitionRefused):
    """The API key was revoked before; a revoked key stays revoked."""

    code = "key-revoked-already"
    title = "The API key is already revoked"
    mend = "Nothing is left to do; issue a new key if one is needed."


class RoleNotIssuable(RequestInvalid):
    """Keys are issued to operators, suppliers and storefronts; the marketplace's own work needs none."""

    code = "role-not-issuable"
    title = "No key can be issued for that role"
    mend = "Choose the role operator, supplier or storefront."


class KeyUserRoleUnfit(RequestInvalid):
    """A key was asked for with a role that people of its party do not have."""

    code = "key-user-role-unfit"
    title = "That party has no such role"
    mend = "Choose a role that docs/reference/roles.md lists for the party, or none for all that the party may."


class ApiKey(msgspec.Struct, frozen=True, kw_only=True):
    """An issued key.

    The secret itself is nowhere: ``secret_sha256`` recognizes it, ``last_four`` lets a person tell keys apart.
    ``subject_id`` is the supplier or storefront, or the name of the operator's staff member or system.
    ``user_role`` limits what the key may do, as it limits a person; None stands for all that its party may.
    """

    key_id: str
    role: Role
    subject_id: str
    label: str
    secret_sha256: str
    last_four: str
    issued_at: datetime
    issued_by: str
    user_role: UserRole | None = None
    revoked_at: datetime | None = None
    revoked_by: str | None = None


class PresentedKey(msgspec.Struct, frozen=True, kw_only=True):
    """A key as a caller presents it, taken apart but not yet believed."""

    key_id: str
    role: Role
    secret: str


def issued_key(
    *,
    key_id: str,
    role: Role,
    subject_id: str,
    label: str,
    secret_bytes: bytes,
    context: Context,
    user_role: UserRole | None = None,
) -> tuple[ApiKey, str]:
    """Return the record of a new key and its text, which is shown once; raises RoleNotIssuable, KeyUserRoleUnfit."""
    if role not in _ISSUABLE:
        raise RoleNotIssuable(detail=f"The role {role.value} is nobody who calls with a key.")
    if user_role is not None and user_role not in _USER_ROLES.get(role, {}):
        raise KeyUserRoleUnfit(detail=f"Nobody of the {role.value} is {user_role.value}.")
    secret = base64.urlsafe_b64encode(secret_bytes).rstrip(b"=").decode()
    record = ApiKey(
        key_id=key_id,
        role=role,
        subject_id=subject_id,
        label=label,
        secret_sha256=_digest(secret=secret),
        last_four=secret[-_SHOWN_CHARACTERS:],
        issued_at=context.at,
        issued_by=context.principal.actor,
        user_role=user_role,
    )
    return record, f"{_PREFIX}_{role.value}_{key_id.removeprefix(_KEY_PREFIX)}_{secret}"


def presented_key(*, text: str) -> PresentedKey:
    """Take the text of a key apart; raises KeyUnknown for anything that was never a key's text."""
    found = _TEXT.fullmatch(text)
    if found is None:
        raise KeyUnknown(detail="The text has not the form of an API key.")
    return PresentedKey(key_id=_KEY_PREFIX + found[2], role=Role(found[1]), secret=found[3])


def principal_of(*, presented: PresentedKey, record: ApiKey | None) -> Principal:
    """Return who presents the key; raises KeyUnknown unless the key fits the record and is not revoked.

    The comparison takes the same time wherever the secrets differ, and an unknown key is compared as well,
    so that timing tells nothing.
    """
    kept = record.secret_sha256 if record is not None else _digest(secret="")
    fits = hmac.compare_digest(_digest(secret=presented.secret), kept)
    if record is None or not fits or record.role is not presented.role or record.revoked_at is not None:
        raise KeyUnknown(detail="No valid key has this text.")
    return Principal(role=record.role, subject_id=record.subject_id, user_role=record.user_role)


def decide_revoked(*, record: ApiKey, context: Context) -> ApiKey:
    """Return the key as revoked; raises KeyRevokedAlready."""
    if record.revoked_at is not None:
        raise KeyRevokedAlready(detail=f"{record.key_id} was revoked on {record.revoked_at.isoformat()}.")
    return msgspec.structs.replace(record, revoked_at=context.at, revoked_by=context.principal.actor)


def _digest(*, secret: str) -> str:
    # The secret has 256 random bits, so a plain hash can't be searched; a slow one would only slow each request.
    return hashlib.sha256(secret.encode()).hexdigest()
