"""Suppliers are told by mail what becomes of them, once."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from openaisle.adapters.local.encryption import KeyFileCipher
from openaisle.adapters.local.store import LocalTable
from openaisle.kernel.records import Event
from openaisle.mail.queries import MailQueries
from openaisle.mail.use_cases import Mail
from openaisle.suppliers.events import (
    SupplierActivated,
    SupplierAnswerOverdue,
    SupplierApplied,
    SupplierDocumentExpires,
    SupplierNoticeGiven,
    SupplierNoticeWithdrawn,
    SupplierOffboarded,
    SupplierPayoutsFrozen,
    SupplierPayoutsReleased,
    SupplierReinstated,
    SupplierRejected,
    SupplierRevised,
    SupplierRevisionApplied,
    SupplierRevisionDiscarded,
    SupplierSentBack,
    SupplierSuspended,
)
from openaisle.suppliers.mails import language_of, supplier_mails_pipe
from openaisle.suppliers.repository import SUPPLIERS
from tests.factories.contexts import make_context
from tests.factories.suppliers import SUPPLIER_ID, make_facts, make_supplier
from tests.support.clocks import FakeClock

TOLD: list[Event] = [
    SupplierApplied(supplier_id=SUPPLIER_ID, revision=1, name="Flores"),
    SupplierSentBack(supplier_id=SUPPLIER_ID, questions="Which register?\nWhich court?"),
    SupplierActivated(supplier_id=SUPPLIER_ID, revision=1, name="Flores"),
    SupplierRejected(supplier_id=SUPPLIER_ID, reason="The number belongs to another company."),
    SupplierSuspended(supplier_id=SUPPLIER_ID, reason="Late shipments."),
    SupplierReinstated(supplier_id=SUPPLIER_ID, reason="Mended."),
    SupplierNoticeGiven(supplier_id=SUPPLIER_ID, reason="No sales.", effective_at="2026-12-23T12:00:00+00:00"),
    SupplierDocumentExpires(
        supplier_id=SUPPLIER_ID, document_id="doc_1", document_kind="bank_statement", expires_on="2026-12-24"
    ),
    SupplierDocumentExpires(
        supplier_id=SUPPLIER_ID, document_id="doc_2", document_kind="insurance", expires_on="2026-11-22"
    ),
    SupplierNoticeWithdrawn(supplier_id=SUPPLIER_ID, reason="Sales again."),
    SupplierOffboarded(supplier_id=SUPPLIER_ID, reason="No sales."),
    SupplierAnswerOverdue(supplier_id=SUPPLIER_ID),
    SupplierRevised(
        supplier_id=SUPPLIER_ID, revision=2, fields=("address.city", "contacts.0.email", "contacts.1.email")
    ),
    SupplierRevisionApplied(supplier_id=SUPPLIER_ID, revision=2, fields=("address.city",)),
    SupplierRevisionDiscarded(supplier_id=SUPPLIER_ID, revision=3, reason="Not yours."),
    SupplierPayoutsFrozen(supplier_id=SUPPLIER_ID, reason="A new bank account."),
    SupplierPayoutsReleased(supplier_id=SUPPLIER_ID),
]
# A supplier that was verified again as it was does not hear of it.
UNTOLD = SupplierRevisionApplied(supplier_id=SUPPLIER_ID, revision=4, fields=())


async def test_each_step_is_told_once(tmp_path: Path) -> None:
    clock = FakeClock()
    table = LocalTable(path=tmp_path / "store.db", clock=clock, durable=False)
    cipher = KeyFileCipher(path=tmp_path / "field.key")
    mail = Mail(table=table, cipher=cipher, marketplace_name="Aisle One")
    queries = MailQueries(table=table, cipher=cipher, words_shown=True)
    pipe = supplier_mails_pipe(mail=mail, clock=clock)
    supplier = make_supplier(facts=make_facts(language="en"))
    for event in [*TOLD, UNTOLD]:
        await table.commit(writes=[SUPPLIERS.store(supplier, events=(event,))], context=make_context())
    nobody = msgspec.structs.replace(supplier, supplier_id="sup_2", facts=make_facts(email="no address"))
    await table.commit(writes=[SUPPLIERS.store(nobody, events=(TOLD[0],))], context=make_context())

    changes = [change for change in await table.read(after=0, limit=100) if pipe.wants(change)]
    await pipe.handle(changes)
    await pipe.handle(changes)

    listed = await queries.listed(state=None, after=None, limit=100)
    texts = {one.template: (await queries.one(mail_id=one.mail_id))[1] for one in listed.mails}
    assert len(listed.mails) == len(TOLD)
    asked = texts["supplier_questions"]
    assert asked is not None
    assert "Which register?\nWhich court?" in asked.text
    suspended = texts["supplier_suspension_notice"]
    assert suspended is not None
    assert suspended.subject == "Flores do Sul Ltda is suspended from 2026-11-23"
    assert "Late shipments." in suspended.text
    leaving = texts["supplier_leaving_notice"]
    assert leaving is not None
    assert leaving.subject.endswith("leaves Aisle One on 2026-12-23")
    expiring = texts["document_expiring"]
    assert expiring is not None
    assert "bank statement is valid until 2026-12-24" in expiring.text
    expired = texts["document_expired"]
    assert expired is not None
    assert "insurance was valid until 2026-11-22" in expired.text
    revised = texts["supplier_revision_received"]
    assert revised is not None
    assert "of Flores do Sul Ltda: address city, contacts email." in revised.text
    await table.close()


@pytest.mark.parametrize(
    ("facts", "language"),
    [
        ({"language": "fr-CA"}, "fr-CA"),
        ({"country": "BR"}, "pt"),
        ({"country": "AT"}, "de"),
        ({"country": "GB"}, "en"),
        ({"country": "US"}, "en"),
        ({"country": "Nowhere"}, "en"),
        ({"country": ""}, "en"),
    ],
)
def test_a_supplier_is_written_to_in_its_own_language_or_that_of_its_country(
    facts: dict[str, str], language: str
) -> None:
    assert language_of(facts=make_facts(**facts)) == language
