"""The HTTP operations of API keys."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from openaisle.access.model import ApiKeyMissing, KeyRevokedAlready, KeyUserRoleUnfit, RoleNotIssuable
from openaisle.access.queries import ApiKeyPage, ApiKeyQueries, ApiKeyView, view_of
from openaisle.access.use_cases import ApiKeys
from openaisle.kernel.context import Role
from openaisle.kernel.errors import Finding, RequestInvalid
from openaisle.kernel.http import OPERATOR, Answer, Operation, Request
from openaisle.kernel.permissions import Permission, UserRole
from openaisle.kernel.texts import END

SubjectId = Annotated[str, Meta(min_length=1, max_length=64, pattern=rf"^[A-Za-z0-9_.@-]+{END}")]


class ApiKeyBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whom a new key is for: ``subject_id`` is the supplier or storefront, or the name of the staff member.

    ``user_role`` limits what may be done with it, as it limits a person; null stands for all that the party may.
    """

    role: Role
    subject_id: SubjectId
    label: Annotated[str, Meta(min_length=1, max_length=100)]
    user_role: UserRole | None = None


class ApiKeyFilter(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which keys to list; ``role`` and ``subject_id`` are given together or not at all."""

    role: Role | None = None
    subject_id: SubjectId | None = None
    after: Annotated[str, Meta(max_length=500)] | None = None
    limit: Annotated[int, Meta(ge=1, le=500)] = 100


class FreshApiKey(msgspec.Struct, frozen=True, kw_only=True):
    """A new key with its text ``api_key``: it is told only this once and can't be told again."""

    key: ApiKeyView
    api_key: str


def operations(*, use_cases: ApiKeys, queries: ApiKeyQueries) -> tuple[Operation, ...]:
    """Return the operations of this room."""

    async def issue(request: Request) -> Answer:
        body: ApiKeyBody = request.body
        record, text = await use_cases.issue(**msgspec.structs.asdict(body), context=request.context)
        return Answer(value=FreshApiKey(key=view_of(record=record), api_key=text))

    async def listed(request: Request) -> Answer:
        wanted: ApiKeyFilter = request.query
        if (wanted.role is None) != (wanted.subject_id is None):
            finding = Finding(pointer="subject_id", detail="role and subject_id are given together or not at all")
            raise RequestInvalid(detail="Half a filter was given.", findings=[finding])
        page = await queries.listed(
            role=wanted.role, subject_id=wanted.subject_id, after=wanted.after, limit=wanted.limit
        )
        return Answer(value=page)

    async def revoke(request: Request) -> Answer:
        record = await use_cases.revoke(key_id=request.path["key_id"], context=request.context)
        return Answer(value=view_of(record=record))

    return (
        Operation(
            method="POST",
            path="/v1/api-keys",
            name="issue_api_key",
            summary="Issue an API key",
            description="The answer holds the text of the key; it is told only this once.",
            tag="Access",
            permission=Permission.PEOPLE_MANAGE,
            roles=OPERATOR,
            handle=issue,
            body=ApiKeyBody,
            answer=FreshApiKey,
            status=201,
            errors=(RoleNotIssuable, KeyUserRoleUnfit),
        ),
        Operation(
            method="GET",
            path="/v1/api-keys",
            name="list_api_keys",
            summary="List API keys",
            tag="Access",
            permission=Permission.PEOPLE_MANAGE,
            roles=OPERATOR,
            handle=listed,
            query=ApiKeyFilter,
            answer=ApiKeyPage,
            errors=(RequestInvalid,),
        ),
        Operation(
            method="DELETE",
            path="/v1/api-keys/{key_id}",
            name="revoke_api_key",
            summary="Revoke an API key",
            description="It is refused from the next request on.",
            tag="Access",
            permission=Permission.PEOPLE_MANAGE,
            roles=OPERATOR,
            handle=revoke,
            answer=ApiKeyView,
            errors=(ApiKeyMissing, KeyRevokedAlready),
        ),
    )
