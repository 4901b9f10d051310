"""Where a marketplace is put together; nothing connects before ``open_marketplace`` is entered.

Here belong the choice of adapters (in this file, and nowhere else) and the wiring of the rooms: what callers
ask for (``rooms.py``) and what happens by itself (``automation.py``).
Here never belongs a decision that a room should take.
"""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from openaisle.adapters.execution_log import TableExecutionLog
from openaisle.adapters.files.deferred import DeferredXlsxWriter
from openaisle.adapters.files.markup import DefusedMarkupReader
from openaisle.adapters.files.workbooks import CalamineReader
from openaisle.adapters.html_cleaner import AmmoniaCleaner
from openaisle.adapters.http.deferred import DeferredHttpCaller
from openaisle.adapters.identity_tokens import JoserfcIdentityTokens
from openaisle.adapters.local.blobs import LocalBlobs
from openaisle.adapters.local.bulk import LocalBulkTable
from openaisle.adapters.local.clock import SystemClock
from openaisle.adapters.local.encryption import KeyFileCipher
from openaisle.adapters.local.examination import LeaseFacts, StoreFacts, examined_store
from openaisle.adapters.local.housekeeper import Housekeeper
from openaisle.adapters.local.inbox import FolderInbox
from openaisle.adapters.local.name_lists import LocalNameLists
from openaisle.adapters.local.outbox import FolderOutbox
from openaisle.adapters.local.pipe_runner import PipeRunner
from openaisle.adapters.local.queue import LocalQueue
from openaisle.adapters.local.search_index import LocalSearchIndex
from openaisle.adapters.local.store import LocalTable
from openaisle.adapters.local.ticker import Ticker
from openaisle.adapters.local.workflow_runner import LocalWorkflowRunner
from openaisle.adapters.mail.folder import FolderMailer
from openaisle.adapters.optimum import HighsOptimizer
from openaisle.adapters.papers import ReportLabPress
from openaisle.adapters.passwords import Argon2Hasher
from openaisle.adapters.pictures import PillowPictureMeasurer
from openaisle.adapters.tabular.deferred import DeferredWorkbenches
from openaisle.adapters.webhook_signer import StandardWebhooksSigner
from openaisle.bootstrap.certification import CallingTools
from openaisle.bootstrap.engines import Engines
from openaisle.bootstrap.event_types import every_event
from openaisle.bootstrap.operations import operations_of
from openaisle.bootstrap.order_policy import order_policies
from openaisle.bootstrap.papers import paper_font
from openaisle.bootstrap.rooms import Rooms, rooms_over
from openaisle.config import MailTransport, Settings, SettingsInvalid
from openaisle.kernel.context import Clock
from openaisle.kernel.errors import Finding
from openaisle.kernel.http import Operation
from openaisle.kernel.identifiers import TimeOrderedIdentifiers
from openaisle.kernel.inbox import Inbox
from openaisle.kernel.mail import Mailer
from openaisle.kernel.marketplace_api import MarketplaceApi
from openaisle.kernel.name_lists import NameLists
from openaisle.kernel.pipe import Source
from openaisle.kernel.table import Key
from openaisle.kernel.tabular import Workbenches
from openaisle.machinery.queries import QueueName

if TYPE_CHECKING:
    from openaisle.bootstrap.automation import Automation
    from openaisle.bootstrap.verification import InstalledChecks
    from openaisle.suppliers.verification import VerificationPolicy

__all__ = [
    "Engines",
    "LeaseFacts",
    "Marketplace",
    "Rooms",
    "StoreFacts",
    "api_client",
    "calling_tools",
    "every_event",
    "examined_store",
    "name_lists",
    "open_marketplace",
    "workbenches",
]

_WORKBENCH_MEMORY_MEBIBYTES = 500
_WORKBENCH_DISK_MEBIBYTES = 20_000
_NOWHERE = Key("READINESS", "READINESS")


@dataclass(frozen=True, kw_only=True)
class Marketplace:
    """An open marketplace: what entry points call, and what a worker runs."""

    engines: Engines
    rooms: Rooms
    operations: tuple[Operation, ...]
    housekeeper: Housekeeper

    @property
    def settings(self) -> Settings:
        """The settings it was opened with."""
        return self.engines.settings

    @property
    def clock(self) -> Clock:
        """The clock that entry points ask."""
        return self.engines.clock

    async def require_ready(self) -> None:
        """Read from the store; raises what the store raises if it cannot be read."""
        await self.engines.table.get(key=_NOWHERE)

    @cached_property
    def sources(self) -> Mapping[str, Source]:
        """What a worker runs: pipes, timers, queue consumers, dispatchers, housekeeping."""
        ticker = Ticker(
            timers=self._automation.timers(),
            table=self.engines.table,
            checkpoints=self.engines.checkpoints,
            clock=self.engines.clock,
            holder=self.engines.holder,
        )
        return {
            "pipes": self.pipe_runner,
            "timers": ticker,
            "housekeeping": self.housekeeper,
            **self._automation.sources(runner=self._runner),
        }

    @cached_property
    def pipe_runner(self) -> PipeRunner:
        """What runs the pipes, and knows how far each has come in any process."""
        return PipeRunner(
            pipes=self._automation.pipes(runner=self._runner),
            stream=self.engines.stream,
            checkpoints=self.engines.checkpoints,
            set_aside=self.engines.set_aside,
            clock=self.engines.clock,
            holder=self.engines.holder,
        )

    @cached_property
    def _runner(self) -> LocalWorkflowRunner:
        return LocalWorkflowRunner(
            handlers=self._automation.handlers(),
            log=self.engines.executions,
            clock=self.engines.clock,
            identifiers=self.engines.identifiers,
        )

    @property
    def installed_checks(self) -> InstalledChecks:
        """The checks of supplier applications, those of plug-ins among them."""
        return self._automation.installed_checks

    @property
    def policy(self) -> VerificationPolicy:
        """The verification policy in force; raises PolicyInvalid."""
        return self._automation.policy

    @cached_property
    def _automation(self) -> Automation:
        from openaisle.bootstrap.automation import Automation

        return Automation(engines=self.engines, rooms=self.rooms)


@asynccontextmanager
async def open_marketplace(*, settings: Settings) -> AsyncIterator[Marketplace]:
    """Open the store and everything around it for one process, and close them in the end.

    Raises SettingsInvalid, or the named error of the adapter that cannot be opened.
    """
    policies = order_policies(settings=settings)
    exchange = settings.exchange_directory
    settings.home_directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    clock = SystemClock()
    cipher = KeyFileCipher(path=settings.key_file)
    caller = _caller(settings=settings)
    table = LocalTable(path=settings.store_file, clock=clock, durable=settings.durable)
    search_index = LocalSearchIndex(path=settings.search_file, durable=settings.durable)
    bulk = LocalBulkTable(path=settings.store_file, after_commit=table.wake, durable=settings.durable)
    try:
        engines = Engines(
            settings=settings,
            order_policies=policies,
            holder=f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}",
            clock=clock,
            identifiers=TimeOrderedIdentifiers(clock=clock, entropy=secrets.token_bytes),
            table=table,
            stream=table,
            checkpoints=table,
            bulk=bulk,
            blobs=LocalBlobs(folder=settings.blobs_directory),
            cipher=cipher,
            signer=StandardWebhooksSigner(),
            caller=caller,
            downloader=caller,
            inbox=_inbox(folder=settings.feed_folder),
            order_inbox=_inbox(folder=settings.order_folder),
            exchange_inbox=None if exchange is None else FolderInbox(folder=exchange, within="in"),
            exchange_outbox=None if exchange is None else FolderOutbox(folder=exchange),
            name_lists=name_lists(settings=settings),
            pictures=PillowPictureMeasurer(),
            hasher=Argon2Hasher(),
            identity_tokens=JoserfcIdentityTokens(),
            mailer=_mailer(settings=settings, clock=clock),
            press=ReportLabPress(font_file=paper_font(policy=policies.brand, settings=settings)),
            workbenches=workbenches(settings=settings),
            spreadsheet_reader=CalamineReader(),
            spreadsheet_writer=DeferredXlsxWriter(),
            markup_reader=DefusedMarkupReader(),
            html_cleaner=AmmoniaCleaner(),
            executions=TableExecutionLog(table=table),
            search_index=search_index,
            optimizer=HighsOptimizer(),
            set_aside=LocalQueue(committer=table.committer, name=QueueName.SET_ASIDE.value),
            manual_verification=LocalQueue(committer=table.committer, name=QueueName.MANUAL_VERIFICATION.value),
        )
        rooms = rooms_over(engines=engines)
        kept_for = timedelta(days=settings.changes_kept_days)
        yield Marketplace(
            engines=engines,
            rooms=rooms,
            operations=operations_of(rooms=rooms),
            housekeeper=Housekeeper(table=table, clock=clock, changes_kept_for=kept_for),
        )
    finally:
        await caller.close()
        await search_index.close()
        await bulk.close()
        await table.close()


def name_lists(*, settings: Settings) -> NameLists:
    """Return the lists that names are screened against; nothing is opened before it is asked for."""
    return LocalNameLists(folder=settings.lists_directory)


def workbenches(*, settings: Settings) -> Workbenches:
    """Return the workbenches for large tables; nothing is opened before it is asked for."""
    return DeferredWorkbenches(
        folder=settings.workbenches_directory,
        memory_mebibytes=_WORKBENCH_MEMORY_MEBIBYTES,
        disk_mebibytes=_WORKBENCH_DISK_MEBIBYTES,
    )


def _caller(*, settings: Settings) -> DeferredHttpCaller:
    try:
        return DeferredHttpCaller(
            allowed_private_hosts=settings.allowed_private_hosts, plain_http=settings.outbound_plain_http_allowed
        )
    except ValueError as error:
        finding = Finding(pointer="allowed_private_hosts", detail=str(error))
        raise SettingsInvalid(detail=f"allowed_private_hosts: {error}.", findings=[finding]) from None


def _inbox(*, folder: str) -> Inbox | None:
    return FolderInbox(folder=Path(folder).expanduser().absolute()) if folder else None


def _mailer(*, settings: Settings, clock: Clock) -> Mailer:
    if settings.mail_transport is MailTransport.FOLDER:
        return FolderMailer(folder=settings.mail_directory, clock=clock)
    # A trial never needs it, so its start is spared the import.
    from openaisle.adapters.mail.smtp import SmtpMailer

    return SmtpMailer(
        host=settings.smtp_host,
        port=settings.smtp_port,
        security=settings.smtp_security.value,
        user=settings.smtp_user,
        password_file=Path(settings.smtp_password_file) if settings.smtp_password_file else None,
        clock=clock,
    )


@asynccontextmanager
async def calling_tools(*, private_hosts: tuple[str, ...]) -> AsyncIterator[CallingTools]:
    """Return what calls suppliers' systems as a marketplace does, for a person who names the addresses.

    ``private_hosts`` are those that may stand in a private network and be called without encryption. No store is
    opened.
    """
    caller = DeferredHttpCaller(allowed_private_hosts=private_hosts, plain_http=bool(private_hosts))
    try:
        yield CallingTools(caller=caller, signer=StandardWebhooksSigner(), clock=SystemClock())
    finally:
        await caller.close()


def api_client(*, base_url: str, api_key: str | None = None) -> MarketplaceApi:
    """Return a client of a marketplace's HTTP API; it connects with its first call."""
    # Only replays and demonstrations need it, so an API process is spared its import.
    from openaisle.adapters.api_client import ApiClient

    return ApiClient(base_url=base_url, api_key=api_key)
