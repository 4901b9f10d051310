"""What happens by itself to terms: suppliers are told of them, they come into force, and that has its consequences."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from openaisle.kernel.context import Clock, Context, system_context
from openaisle.kernel.errors import RequestInvalid
from openaisle.kernel.pipe import Pipe, Timer
from openaisle.kernel.stream import Change
from openaisle.kernel.table import Item, Table
from openaisle.suppliers.deciding import loaded
from openaisle.suppliers.events import SupplierActivated
from openaisle.suppliers.mails import SendsMail, language_of
from openaisle.suppliers.model import Supplier
from openaisle.suppliers.queries import SupplierQueries
from openaisle.suppliers.repository import SUPPLIERS
from openaisle.suppliers.terms.events import TermsInForce, TermsPublished
from openaisle.suppliers.terms.model import Answer, TermsVersion
from openaisle.suppliers.terms.queries import TermsQueries, TermsView
from openaisle.suppliers.terms.repository import TERMS, TERMS_TOPIC
from openaisle.suppliers.terms.use_cases import Terms

_NAME = "terms"


def terms_timer(*, terms: Terms) -> Timer:
    """Return the timer that puts terms into force on their day."""

    async def handle(items: Sequence[Item], now: datetime) -> None:
        for item in items:
            version = TERMS.decode(item).record.version
            context = system_context(name=_NAME, at=now, correlation_id=f"{_NAME}:{version}")
            await terms.come_into_force(version=version, context=context)

    return Timer(topic=TERMS_TOPIC, handle=handle)


class TermsNews:
    """Tells suppliers of new terms, and does what follows on the day of effect."""

    def __init__(
        self,
        *,
        terms: Terms,
        queries: TermsQueries,
        suppliers: SupplierQueries,
        table: Table,
        mail: SendsMail,
        clock: Clock,
        public_address: str,
    ) -> None:
        """Take the use cases, the queries, who there is, the mails, and under which address the portal is reached."""
        self._terms = terms
        self._queries = queries
        self._suppliers = suppliers
        self._table = table
        self._mail = mail
        self._clock = clock
        self._link = f"{public_address}/portal/terms"

    def pipe(self) -> Pipe:
        """Return the pipe; a change that comes twice tells nobody twice."""
        return Pipe(
            name=_NAME,
            handle=self._handle,
            kinds=frozenset({TERMS.kind, SUPPLIERS.kind}),
            event_types=frozenset({TermsPublished.TYPE, TermsInForce.TYPE, SupplierActivated.TYPE}),
        )

    async def _handle(self, changes: Sequence[Change]) -> None:
        for change in changes:
            if change.body is None:
                continue
            context = system_context(name=_NAME, at=self._clock.now(), correlation_id=change.correlation_id)
            if change.kind == SUPPLIERS.kind:
                await self._welcome(SUPPLIERS.record(change.body), context=context)
                continue
            terms = TERMS.record(change.body)
            is_announced = any(event.type == TermsPublished.TYPE for event in change.events)
            for supplier_id in await self._suppliers.verified_ids():
                supplier = (await loaded(table=self._table, supplier_id=supplier_id)).record
                if is_announced:
                    await self._tell("terms_changed", supplier=supplier, terms=terms, context=context)
                    continue
                answer = await self._terms.settle(supplier_id=supplier_id, terms=terms, context=context)
                if answer is Answer.ASKED:
                    await self._tell("terms_not_agreed", supplier=supplier, terms=terms, context=context)

    async def _welcome(self, supplier: Supplier, *, context: Context) -> None:
        """Tell a newcomer of terms that were announced before it came, unless it has agreed to them already."""
        own = await self._queries.of_supplier(supplier_id=supplier.supplier_id, at=context.at)
        for one in own.terms:
            if one.can_terminate and one.answer is None:
                await self._tell("terms_changed", supplier=supplier, terms=one.terms, context=context)

    async def _tell(
        self, template: str, *, supplier: Supplier, terms: TermsVersion | TermsView, context: Context
    ) -> None:
        try:
            await self._mail.send(
                template=template,
                to=supplier.facts.email,
                language=language_of(facts=supplier.facts),
                data={
                    "supplier_name": supplier.facts.name,
                    "terms_version": terms.version,
                    "summary": terms.summary,
                    "effective_on": terms.effective_at.date().isoformat(),
                    "link": self._link,
                },
                deduplication_key=f"{template}#{terms.version}#{supplier.supplier_id}",
                context=context,
            )
        except RequestInvalid:
            # What is no address cannot be written to; the portal and the API tell it all the same.
            return
