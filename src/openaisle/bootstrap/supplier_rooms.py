"""The rooms of suppliers put together over the ports."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from openaisle.access.use_cases import ApiKeys
from openaisle.bootstrap.engines import Engines
from openaisle.bootstrap.mail import MailRoom
from openaisle.bootstrap.people import PeopleRoom
from openaisle.bootstrap.policies import verification_policy
from openaisle.duties.use_cases import Duties
from openaisle.suppliers.application_use_cases import Applications
from openaisle.suppliers.connection_use_cases import SupplierConnections
from openaisle.suppliers.documents import SupplierDocuments
from openaisle.suppliers.life import SupplierLife
from openaisle.suppliers.mailbox_use_cases import Mailboxes
from openaisle.suppliers.queries import SupplierQueries
from openaisle.suppliers.rescreening import Rescreening
from openaisle.suppliers.revealing import Revealing
from openaisle.suppliers.shipping_terms_use_cases import SupplierShippingTerms
from openaisle.suppliers.tax_ids import TaxIds
from openaisle.suppliers.terms.queries import TermsQueries
from openaisle.suppliers.terms.use_cases import Terms
from openaisle.suppliers.use_cases import Suppliers
from openaisle.suppliers.verification import VerificationPolicy


@dataclass(frozen=True, kw_only=True)
class SupplierRooms:
    """What the rooms of suppliers can do and can tell."""

    tax_ids: TaxIds
    suppliers: Suppliers
    revealing: Revealing
    supplier_connections: SupplierConnections
    supplier_shipping_terms: SupplierShippingTerms
    supplier_queries: SupplierQueries
    supplier_applications: Applications
    supplier_documents: SupplierDocuments
    supplier_life: SupplierLife
    terms: Terms
    terms_queries: TermsQueries
    supplier_mailboxes: Mailboxes
    supplier_rescreening: Rescreening
    duties: Duties


def suppliers_over(*, engines: Engines, api_keys: ApiKeys, mail: MailRoom, people: PeopleRoom) -> SupplierRooms:
    """Return the use cases and queries of suppliers."""
    table, identifiers, cipher = engines.table, engines.identifiers, engines.cipher
    tax_ids = TaxIds(table=table, cipher=cipher, entropy=secrets.token_bytes)
    policy = verification_policy(settings=engines.settings)
    supplier_queries = SupplierQueries(table=table, cipher=cipher, policy=policy)
    suppliers = _suppliers(engines=engines, api_keys=api_keys, tax_ids=tax_ids, policy=policy)
    supplier_life = SupplierLife(table=table, blobs=engines.blobs, policy=policy.life)
    return SupplierRooms(
        tax_ids=tax_ids,
        suppliers=suppliers,
        revealing=Revealing(table=table, tax_ids=tax_ids, audit=people.audit),
        supplier_connections=_supplier_connections(engines=engines),
        supplier_shipping_terms=SupplierShippingTerms(table=table),
        supplier_queries=supplier_queries,
        supplier_applications=Applications(
            table=table, identifiers=identifiers, api_keys=api_keys, suppliers=suppliers, policy=policy
        ),
        supplier_documents=_supplier_documents(engines=engines, policy=policy),
        supplier_life=supplier_life,
        terms=Terms(table=table, life=supplier_life, policy=policy.terms),
        terms_queries=TermsQueries(table=table),
        supplier_mailboxes=_mailboxes(engines=engines),
        supplier_rescreening=Rescreening(table=table, life=supplier_life),
        duties=_duties(engines=engines, mail=mail, suppliers=suppliers),
    )


def _suppliers(*, engines: Engines, api_keys: ApiKeys, tax_ids: TaxIds, policy: VerificationPolicy) -> Suppliers:
    return Suppliers(
        table=engines.table,
        identifiers=engines.identifiers,
        api_keys=api_keys,
        tax_ids=tax_ids,
        deadlines=policy.deadlines,
    )


def _supplier_documents(*, engines: Engines, policy: VerificationPolicy) -> SupplierDocuments:
    return SupplierDocuments(
        table=engines.table,
        blobs=engines.blobs,
        cipher=engines.cipher,
        identifiers=engines.identifiers,
        life=policy.life,
    )


def _supplier_connections(*, engines: Engines) -> SupplierConnections:
    return SupplierConnections(
        table=engines.table,
        identifiers=engines.identifiers,
        cipher=engines.cipher,
        signer=engines.signer,
        caller=engines.caller,
    )


def _mailboxes(*, engines: Engines) -> Mailboxes:
    return Mailboxes(table=engines.table, entropy=secrets.token_bytes, public_address=engines.settings.reached_at)


def _duties(*, engines: Engines, mail: MailRoom, suppliers: Suppliers) -> Duties:
    return Duties(
        table=engines.table,
        mail=mail.mail,
        suppliers=suppliers,
        suspend_overdue=engines.settings.duties_suspend_overdue,
    )
