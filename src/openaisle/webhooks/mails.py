"""Tells people by mail when an endpoint is given up on, and when it takes events again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import msgspec

from openaisle.kernel.context import Clock, Context, system_context
from openaisle.kernel.encryption import DecryptionFailed
from openaisle.kernel.errors import RequestInvalid
from openaisle.kernel.pipe import Pipe
from openaisle.kernel.stream import Change
from openaisle.webhooks.events import WebhookEndpointPaused, WebhookEndpointRecovered
from openaisle.webhooks.model import WebhookEndpoint
from openaisle.webhooks.repository import ENDPOINTS
from openaisle.webhooks.use_cases import WebhookEndpoints

NAME = "webhook-mails"
_TEMPLATES: Mapping[str, str] = {
    WebhookEndpointPaused.TYPE: "webhook_paused",
    WebhookEndpointRecovered.TYPE: "webhook_recovered",
}


class SendsMail(Protocol):
    """What this room needs of the room of mail."""

    async def send(
        self,
        *,
        template: str,
        to: str,
        language: str,
        data: Mapping[str, str],
        deduplication_key: str,
        context: Context,
    ) -> object:
        """Send a mail of a template once, however often it is asked for with one key."""
        ...


class _Told(msgspec.Struct):
    reason: str = ""
    gave_up: bool = False


_told = msgspec.json.Decoder(_Told).decode


class WebhookMails:
    """Writes the mails: to the operator's mailbox, and to that of the endpoint."""

    def __init__(
        self,
        *,
        mail: SendsMail,
        endpoints: WebhookEndpoints,
        clock: Clock,
        public_address: str,
        operator_mail: str,
        language: str,
    ) -> None:
        """Take who writes mails, who knows mailboxes, and the operator's own (empty: none) with its language."""
        self._mail = mail
        self._endpoints = endpoints
        self._clock = clock
        self._public_address = public_address
        self._operator_mail = operator_mail
        self._language = language

    def pipe(self) -> Pipe:
        """Return the pipe that writes them; a change that comes twice writes one."""
        return Pipe(
            name=NAME, handle=self._handle, kinds=frozenset({ENDPOINTS.kind}), event_types=frozenset(_TEMPLATES)
        )

    async def _handle(self, changes: Sequence[Change]) -> None:
        for change in changes:
            if change.body is None:
                continue
            endpoint = ENDPOINTS.record(change.body)
            for event in change.events:
                told = _told(event.data)
                is_news = event.type == WebhookEndpointRecovered.TYPE or told.gave_up
                if event.type in _TEMPLATES and is_news:
                    await self._write(_TEMPLATES[event.type], endpoint, told.reason, change)

    async def _write(self, template: str, endpoint: WebhookEndpoint, reason: str, change: Change) -> None:
        data = {"url": endpoint.url, "endpoint_id": endpoint.endpoint_id}
        if template == "webhook_paused":
            data["reason"] = reason or "-"
        # A storefront has no console; its systems find the log at the endpoint itself.
        pages = {
            self._mailbox_of(endpoint): f"{self._public_address}/v1/webhook-endpoints/{endpoint.endpoint_id}",
            self._operator_mail: f"{self._public_address}/console/webhooks/{endpoint.endpoint_id}",
        }
        for mailbox, link in pages.items():
            if not mailbox:
                continue
            context = system_context(name=NAME, at=self._clock.now(), correlation_id=change.correlation_id)
            try:
                await self._mail.send(
                    template=template,
                    to=mailbox,
                    language=self._language,
                    data={**data, "link": link},
                    deduplication_key=f"{template}#{endpoint.endpoint_id}#{change.version}#{mailbox}",
                    context=context,
                )
            except RequestInvalid:
                # What was given as an address is none; the console and the events tell it all the same.
                continue

    def _mailbox_of(self, endpoint: WebhookEndpoint) -> str:
        try:
            return self._endpoints.notice_mail(endpoint=endpoint)
        except DecryptionFailed:
            return ""
