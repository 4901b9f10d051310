"""Webhook endpoints with real stores, and receivers that do what a test tells them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import ClassVar

import msgspec

from openaisle.adapters.local.encryption import KeyFileCipher
from openaisle.adapters.local.store import LocalTable
from openaisle.adapters.webhook_signer import StandardWebhooksSigner
from openaisle.kernel.context import Clock, Context, Principal, Role
from openaisle.kernel.identifiers import derived_identifier
from openaisle.kernel.outbound import AddressRefused, HttpAnswer
from openaisle.kernel.records import Event, stored
from openaisle.kernel.table import Key, Put
from openaisle.webhooks.dispatcher import WebhookDispatcher
from openaisle.webhooks.queries import WebhookQueries
from openaisle.webhooks.use_cases import WebhookEndpoints
from tests.factories.contexts import NOON

URL = "https://storefront.example/webhooks"
TAKEN = HttpAnswer(status=204, headers={}, body=b"")


def answered(status: int, **headers: str) -> HttpAnswer:
    return HttpAnswer(status=status, headers=headers, body=b"")


def storefront(subject_id: str = "web", *, at: datetime = NOON) -> Context:
    return Context(principal=Principal(role=Role.STOREFRONT, subject_id=subject_id), at=at, correlation_id="test")


def operator(*, at: datetime = NOON) -> Context:
    return Context(principal=Principal(role=Role.OPERATOR, subject_id="ada"), at=at, correlation_id="test")


class ParcelPacked(Event, frozen=True, kw_only=True):
    """An event that only these tests know."""

    TYPE: ClassVar[str] = "parcel.packed"

    number: int


class ParcelSent(Event, frozen=True, kw_only=True):
    """Another event that only these tests know."""

    TYPE: ClassVar[str] = "parcel.sent"

    number: int


class ReceivedCall(msgspec.Struct, frozen=True):
    """A call as a receiver got it."""

    url: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def events(self) -> list[dict[str, object]]:
        decoded = msgspec.json.decode(self.body)
        return decoded if isinstance(decoded, list) else [decoded]


class FakeReceivers:
    """The outside world as HttpCaller shows it: takes everything, unless a test says otherwise for a URL."""

    def __init__(self) -> None:
        self.calls: list[ReceivedCall] = []
        self.answers: dict[str, list[HttpAnswer | Exception]] = {}
        self.always: dict[str, HttpAnswer | Exception] = {}
        self.changed = asyncio.Event()

    async def call(
        self,
        *,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes,
        timeout_seconds: float,
        maximum_answer_bytes: int = 1_000_000,
    ) -> HttpAnswer:
        self.calls.append(ReceivedCall(url, dict(headers), body))
        self.changed.set()
        self.changed = asyncio.Event()
        scripted = self.answers.get(url)
        answer = scripted.pop(0) if scripted else self.always.get(url, TAKEN)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def require_callable(self, *, url: str) -> None:
        if not url.startswith("https://"):
            raise AddressRefused(detail="not https")

    def numbers(self, url: str = URL) -> list[object]:
        """The numbers of the parcels that were told to a URL, repeats included."""
        return [
            event["data"]["number"]  # type: ignore[index]
            for call in self.calls
            if call.url == url
            for event in call.events
            if str(event["type"]).startswith("parcel.")
        ]

    async def until(self, count: int, url: str = URL) -> None:
        """Wait until that many parcels were told."""
        while len(self.numbers(url)) < count:
            await self.changed.wait()


class CountedIdentifiers:
    """Identifiers that repeat themselves from test to test."""

    def __init__(self) -> None:
        self.count = 0

    def new(self, *, prefix: str) -> str:
        self.count += 1
        return derived_identifier(prefix=prefix, parts=(str(self.count),))


class WebhookHouse:
    """The room over a real store in ``folder``; opened again there, it is what a restarted process sees."""

    def __init__(self, *, folder: Path, clock: Clock, known_event_types: frozenset[str] | None = None) -> None:
        self.clock = clock
        self.table = LocalTable(path=folder / "store.sqlite", clock=clock, durable=False)
        self.receivers = FakeReceivers()
        self.signer = StandardWebhooksSigner()
        self.endpoints = WebhookEndpoints(
            table=self.table,
            stream=self.table,
            identifiers=CountedIdentifiers(),
            caller=self.receivers,
            signer=self.signer,
            cipher=KeyFileCipher(path=folder / "keys.json"),
            known_event_types=known_event_types,
        )
        self.queries = WebhookQueries(table=self.table)

    def dispatcher(self, *, holder: str = "first") -> WebhookDispatcher:
        return WebhookDispatcher(
            table=self.table,
            stream=self.table,
            checkpoints=self.table,
            endpoints=self.endpoints,
            caller=self.receivers,
            signer=self.signer,
            clock=self.clock,
            holder=holder,
        )

    async def happen(self, *events: Event) -> None:
        """Commit one write that states the events."""
        put = Put(key=Key("PARCEL#par_1", "PARCEL"), kind="parcel", body=b"{}", expected_version=None)
        put = msgspec.structs.replace(put, events=stored(events))
        await self.table.commit(writes=[put], context=operator(at=self.clock.now()))
