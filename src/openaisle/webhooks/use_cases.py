"""Register, pause, resume and delete webhook endpoints."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from openaisle.kernel.context import Context, Principal, Role
from openaisle.kernel.encryption import FieldCipher
from openaisle.kernel.errors import Finding
from openaisle.kernel.identifiers import Identifiers
from openaisle.kernel.outbound import AddressRefused, HttpCaller, Signer
from openaisle.kernel.records import Event, Versioned, decided_anew
from openaisle.kernel.stream import ChangeStream
from openaisle.kernel.table import Check, Delete, Index, Put, Table
from openaisle.webhooks.events import (
    WebhookEndpointDeleted,
    WebhookEndpointPaused,
    WebhookEndpointRecovered,
    WebhookEndpointRegistered,
    WebhookEndpointResumed,
    WebhookSecretChanged,
)
from openaisle.webhooks.model import (
    ALL_EVENTS,
    MAXIMUM_ENDPOINTS_PER_OWNER,
    EndpointMissing,
    EndpointState,
    Place,
    WebhookEndpoint,
    decide_new_secret,
    decide_registered,
    decide_state,
    owner_id_of,
    require_known_types,
    valid_secrets,
)
from openaisle.webhooks.repository import DELIVERIES, ENDPOINTS, delivery_key, endpoint_key, endpoints_of_owner


class FreshEndpoint(msgspec.Struct, frozen=True, kw_only=True):
    """An endpoint with a secret in clear, which is told only this once."""

    endpoint: WebhookEndpoint
    signing_secret: str


class WebhookEndpoints:
    """The use cases of webhook endpoints. A storefront reaches its own, the operator all."""

    def __init__(
        self,
        *,
        table: Table,
        stream: ChangeStream,
        identifiers: Identifiers,
        caller: HttpCaller,
        signer: Signer,
        cipher: FieldCipher,
        known_event_types: frozenset[str] | None = None,
    ) -> None:
        """Take the ports; with ``known_event_types`` an endpoint can't ask for events that do not exist."""
        self._table = table
        self._stream = stream
        self._identifiers = identifiers
        self._caller = caller
        self._signer = signer
        self._cipher = cipher
        self._known_event_types = known_event_types

    async def register(
        self,
        *,
        url: str,
        event_types: Sequence[str] = (),
        batch_size: int = 1,
        notice_mail: str = "",
        context: Context,
    ) -> FreshEndpoint:
        """Register an address; it hears of everything that is committed after the answer.

        ``notice_mail`` is a mailbox that is told when the endpoint is given up on and when it recovers.
        Raises AddressRefused, EventTypeUnknown, TooManyEndpoints.
        """
        if self._known_event_types is not None:
            require_known_types(event_types=event_types, known=self._known_event_types)
        await self._require_callable(url=url)
        endpoint_id, secret = self._identifiers.new(prefix="whk"), self._signer.new_secret()
        owner = endpoints_of_owner(role=context.principal.role, owner_id=owner_id_of(principal=context.principal))
        existing = await self._table.query(partition=owner, index=Index.SECOND, limit=MAXIMUM_ENDPOINTS_PER_OWNER)
        endpoint, delivery = decide_registered(
            endpoint_id=endpoint_id,
            url=url,
            event_types=event_types,
            batch_size=batch_size,
            sealed_secret=self._sealed(endpoint_id=endpoint_id, secret=secret),
            place=Place(await self._stream.latest(), ALL_EVENTS),
            endpoint_count=len(existing.items),
            context=context,
            notice_mail=self._sealed_mail(endpoint_id=endpoint_id, notice_mail=notice_mail),
        )
        registered = WebhookEndpointRegistered(
            endpoint_id=endpoint_id, url=url, storefront_id=storefront_id_of(endpoint=endpoint)
        )
        writes = [ENDPOINTS.create(endpoint, events=[registered]), DELIVERIES.create(delivery)]
        await self._table.commit(writes=writes, context=context)
        return FreshEndpoint(endpoint=endpoint, signing_secret=secret)

    async def set_state(
        self, *, endpoint_id: str, state: EndpointState, reason: str, context: Context, gave_up: bool = False
    ) -> WebhookEndpoint:
        """Pause an endpoint for ``reason``, or let it go on where it stopped.

        ``gave_up`` is for the deliverer: then people are told by mail.
        Raises EndpointMissing, EndpointTransitionRefused.
        """

        async def attempt() -> WebhookEndpoint:
            found = await self._owned(endpoint_id=endpoint_id, principal=context.principal)
            changed = decide_state(endpoint=found.record, state=state, reason=reason, at=context.at, gave_up=gave_up)
            storefront_id = storefront_id_of(endpoint=changed)
            event: Event = WebhookEndpointResumed(endpoint_id=endpoint_id, storefront_id=storefront_id)
            if state is EndpointState.PAUSED:
                event = WebhookEndpointPaused(
                    endpoint_id=endpoint_id, reason=changed.reason, storefront_id=storefront_id, gave_up=gave_up
                )
            write = ENDPOINTS.replace(changed, version=found.version, events=[event])
            await self._table.commit(writes=[write], context=context)
            return changed

        return await decided_anew(attempt)

    async def recovered(self, *, endpoint_id: str, context: Context) -> WebhookEndpoint:
        """Note that an endpoint that was given up on takes events again; raises EndpointMissing."""

        async def attempt() -> WebhookEndpoint:
            found = await self._owned(endpoint_id=endpoint_id, principal=context.principal)
            if found.record.gave_up_at is None:
                return found.record
            changed = msgspec.structs.replace(found.record, gave_up_at=None)
            event = WebhookEndpointRecovered(endpoint_id=endpoint_id, storefront_id=storefront_id_of(endpoint=changed))
            write = ENDPOINTS.replace(changed, version=found.version, events=[event])
            await self._table.commit(writes=[write], context=context)
            return changed

        return await decided_anew(attempt)

    async def change_secret(self, *, endpoint_id: str, context: Context) -> FreshEndpoint:
        """Give the endpoint a new secret; the one before signs beside it for a day. Raises EndpointMissing."""
        secret = self._signer.new_secret()
        sealed = self._sealed(endpoint_id=endpoint_id, secret=secret)

        async def attempt() -> WebhookEndpoint:
            found = await self._owned(endpoint_id=endpoint_id, principal=context.principal)
            changed = decide_new_secret(endpoint=found.record, sealed_secret=sealed, at=context.at)
            event = WebhookSecretChanged(endpoint_id=endpoint_id, storefront_id=storefront_id_of(endpoint=changed))
            write = ENDPOINTS.replace(changed, version=found.version, events=[event])
            await self._table.commit(writes=[write], context=context)
            return changed

        return FreshEndpoint(endpoint=await decided_anew(attempt), signing_secret=secret)

    async def delete(self, *, endpoint_id: str, context: Context) -> None:
        """Delete the endpoint and its place; raises EndpointMissing."""

        async def attempt() -> None:
            found = await self._owned(endpoint_id=endpoint_id, principal=context.principal)
            event = WebhookEndpointDeleted(
                endpoint_id=endpoint_id, storefront_id=storefront_id_of(endpoint=found.record)
            )
            writes: list[Put | Delete | Check] = [
                ENDPOINTS.remove(found.record, version=found.version, events=[event]),
                Delete(key=delivery_key(endpoint_id=endpoint_id), expected_version=None, streamed=False),
            ]
            await self._table.commit(writes=writes, context=context)

        await decided_anew(attempt)

    def signing_secrets(self, *, endpoint: WebhookEndpoint, at: datetime) -> tuple[str, ...]:
        """Return the secrets that sign at ``at`` in clear, for the dispatcher only; raises DecryptionFailed."""
        place = _secret_place(endpoint_id=endpoint.endpoint_id)
        return tuple(
            self._cipher.decrypt(ciphertext=secret.ciphertext, place=place).decode()
            for secret in valid_secrets(endpoint=endpoint, at=at)
        )

    def notice_mail(self, *, endpoint: WebhookEndpoint) -> str:
        """Return the mailbox that is told of trouble in clear, empty where there is none; raises DecryptionFailed."""
        if not endpoint.notice_mail:
            return ""
        place = _mail_place(endpoint_id=endpoint.endpoint_id)
        return self._cipher.decrypt(ciphertext=endpoint.notice_mail, place=place).decode()

    async def _owned(self, *, endpoint_id: str, principal: Principal) -> Versioned[WebhookEndpoint]:
        item = await self._table.get(key=endpoint_key(endpoint_id=endpoint_id))
        found = ENDPOINTS.decode(item) if item is not None else None
        if found is None or not may_reach(endpoint=found.record, principal=principal):
            raise EndpointMissing(detail=f"There is no webhook endpoint {endpoint_id[:40]}.")
        return found

    async def _require_callable(self, *, url: str) -> None:
        try:
            await self._caller.require_callable(url=url)
        except AddressRefused as refused:
            finding = Finding(pointer="/url", detail=refused.detail, code=refused.code)
            raise AddressRefused(detail=refused.detail, findings=[finding]) from refused

    def _sealed(self, *, endpoint_id: str, secret: str) -> str:
        return self._cipher.encrypt(plaintext=secret.encode(), place=_secret_place(endpoint_id=endpoint_id))

    def _sealed_mail(self, *, endpoint_id: str, notice_mail: str) -> str:
        if not notice_mail:
            return ""
        return self._cipher.encrypt(plaintext=notice_mail.encode(), place=_mail_place(endpoint_id=endpoint_id))


def may_reach(*, endpoint: WebhookEndpoint, principal: Principal) -> bool:
    """Return whether the principal may see and change the endpoint."""
    if principal.role in {Role.OPERATOR, Role.SYSTEM}:
        return True
    return endpoint.owner_role is principal.role and endpoint.owner_id == principal.subject_id


def storefront_id_of(*, endpoint: WebhookEndpoint) -> str | None:
    """Return the storefront that may hear of what happens to the endpoint, None for the operator's."""
    return endpoint.owner_id if endpoint.owner_role is Role.STOREFRONT else None


def _secret_place(*, endpoint_id: str) -> str:
    return f"webhook_endpoint#{endpoint_id}#signing_secret"


def _mail_place(*, endpoint_id: str) -> str:
    return f"webhook_endpoint#{endpoint_id}#notice_mail"
