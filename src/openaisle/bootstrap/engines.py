"""The ports that the rooms stand on, with whatever adapters were chosen for them."""

from __future__ import annotations

from dataclasses import dataclass

from openaisle.bootstrap.order_policy import OrderPolicies
from openaisle.config import Settings
from openaisle.kernel.blobs import Blobs
from openaisle.kernel.bulk import BulkTable
from openaisle.kernel.context import Clock
from openaisle.kernel.encryption import FieldCipher
from openaisle.kernel.html_cleaning import HtmlCleaner
from openaisle.kernel.identifiers import Identifiers
from openaisle.kernel.identity_tokens import IdentityTokens
from openaisle.kernel.inbox import Inbox
from openaisle.kernel.mail import Mailer
from openaisle.kernel.markup import MarkupReader
from openaisle.kernel.name_lists import NameLists
from openaisle.kernel.optimum import Optimizer
from openaisle.kernel.outbound import HttpCaller, HttpDownloader, Signer
from openaisle.kernel.outbox import Outbox
from openaisle.kernel.papers import PaperPress
from openaisle.kernel.passwords import PasswordHasher
from openaisle.kernel.pictures import PictureMeasurer
from openaisle.kernel.queue import Queue
from openaisle.kernel.search import SearchIndex
from openaisle.kernel.spreadsheets import SpreadsheetReader, SpreadsheetWriter
from openaisle.kernel.stream import ChangeStream, Checkpoints
from openaisle.kernel.table import Table
from openaisle.kernel.tabular import Workbenches
from openaisle.kernel.workflow import ExecutionLog


@dataclass(frozen=True, kw_only=True)
class Engines:
    """The ports. ``holder`` names this process where processes take turns.

    ``inbox`` (files of products), ``order_inbox`` (files of orders) and ``exchange_inbox`` with ``exchange_outbox``
    (files about purchase orders) are None where the operator named no folder.
    """

    settings: Settings
    order_policies: OrderPolicies
    holder: str
    clock: Clock
    identifiers: Identifiers
    table: Table
    stream: ChangeStream
    checkpoints: Checkpoints
    bulk: BulkTable
    blobs: Blobs
    cipher: FieldCipher
    signer: Signer
    caller: HttpCaller
    downloader: HttpDownloader
    inbox: Inbox | None
    order_inbox: Inbox | None
    exchange_inbox: Inbox | None
    exchange_outbox: Outbox | None
    executions: ExecutionLog
    search_index: SearchIndex
    name_lists: NameLists
    pictures: PictureMeasurer
    hasher: PasswordHasher
    identity_tokens: IdentityTokens
    mailer: Mailer
    press: PaperPress
    workbenches: Workbenches
    spreadsheet_reader: SpreadsheetReader
    spreadsheet_writer: SpreadsheetWriter
    markup_reader: MarkupReader
    html_cleaner: HtmlCleaner
    set_aside: Queue
    manual_verification: Queue
    optimizer: Optimizer
