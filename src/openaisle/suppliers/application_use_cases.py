"""Apply step by step: begin, fill in sections, see what is missing, hand in, and answer a reviewer's questions."""

from __future__ import annotations

from collections.abc import Mapping

from openaisle.access.use_cases import ApiKeys
from openaisle.kernel.context import Context, Role
from openaisle.kernel.errors import Finding, RequestInvalid
from openaisle.kernel.identifiers import Identifiers
from openaisle.kernel.table import Table
from openaisle.suppliers.audit import audit_entry
from openaisle.suppliers.deciding import Step, decided_about_candidate, loaded
from openaisle.suppliers.documents import documents_of
from openaisle.suppliers.drafts import decide_answered, decide_drafted, decide_submitted
from openaisle.suppliers.events import SupplierApplied, SupplierCorrected, SupplierDraftChanged
from openaisle.suppliers.facts import Address, BusinessModel, SupplierFacts
from openaisle.suppliers.missing import Missing, missing_of, require_complete
from openaisle.suppliers.model import Supplier
from openaisle.suppliers.repository import AUDIT, SUPPLIERS
from openaisle.suppliers.requirements import SECTION_FIELDS, Section
from openaisle.suppliers.revisions import candidate_of
from openaisle.suppliers.use_cases import Applicant, Suppliers
from openaisle.suppliers.verification import VerificationPolicy


class FieldElsewhere(RequestInvalid):
    """A field was sent to a section that it does not belong to."""

    code = "field-elsewhere"
    title = "The field belongs to another section"
    mend = "Send each field to its own section; findings name it."


class Applications:
    """The use cases of applications in steps."""

    def __init__(
        self,
        *,
        table: Table,
        identifiers: Identifiers,
        api_keys: ApiKeys,
        suppliers: Suppliers,
        policy: VerificationPolicy,
    ) -> None:
        """Take the table, makers of identifiers and keys, what changes facts, and the policy with what is required."""
        self._table = table
        self._identifiers = identifiers
        self._api_keys = api_keys
        self._suppliers = suppliers
        self._policy = policy

    async def begin(self, *, email: str, business_model: BusinessModel, context: Context) -> Applicant:
        """Begin an application and issue the key with which it is gone on with; nothing is verified yet."""
        supplier_id = self._identifiers.new(prefix="sup")
        facts = SupplierFacts(
            legal_name="",
            country="",
            registration_number="",
            email=email,
            phone="",
            address=Address(street_lines=(), city="", postal_code=""),
            business_model=business_model,
        )
        supplier = decide_drafted(supplier_id=supplier_id, facts=facts, context=context)
        key = self._api_keys.prepared(
            role=Role.SUPPLIER, subject_id=supplier_id, label="supplier application", context=context
        )
        event = SupplierDraftChanged(supplier_id=supplier_id, fields=("email",))
        entry = audit_entry(before=None, after=supplier, action="draft_begun", context=context)
        writes = [SUPPLIERS.create(supplier, events=[event]), AUDIT.create(entry), key.write]
        await self._table.commit(writes=writes, context=context)
        return Applicant(supplier=supplier, api_key=key.text)

    async def fill_in(
        self, *, supplier_id: str, section: Section, changes: Mapping[str, object], context: Context
    ) -> Supplier:
        """Put what is told into a section; raises FieldElsewhere and what ``Suppliers.amend`` raises."""
        belongs = (*SECTION_FIELDS[section], *(("birth_dates",) if section is Section.PEOPLE else ()))
        own = {"terms_version": "agreement"}
        names = {own.get(field, field) for field in belongs}
        strangers = [field for field in changes if field.partition(".")[0] not in names]
        if strangers:
            findings = [Finding(pointer=f"/{field}", detail=f"is no field of {section.value}") for field in strangers]
            raise FieldElsewhere(detail=f"{section.value} has no field {', '.join(strangers)}.", findings=findings)
        return await self._suppliers.amend(supplier_id=supplier_id, changes=changes, context=context)

    async def missing(self, *, supplier_id: str) -> tuple[Missing, ...]:
        """Return what a supplier has not told yet, what is needed first; raises SupplierMissing."""
        supplier = candidate_of(supplier=(await loaded(table=self._table, supplier_id=supplier_id)).record)
        return await self._missing(supplier)

    async def submit(self, *, supplier_id: str, context: Context) -> Supplier:
        """Hand a draft in; its verification starts.

        Raises SupplierMissing, ApplicationIncomplete, SupplierTransitionRefused.
        """

        async def decide(supplier: Supplier) -> Step:
            submitted = decide_submitted(supplier=supplier, context=context)
            require_complete(missing=await self._missing(supplier))
            event = SupplierApplied(supplier_id=supplier_id, revision=submitted.revision, name=submitted.facts.name)
            return Step(supplier=submitted, event=event, action="applied")

        return await decided_about_candidate(table=self._table, supplier_id=supplier_id, decide=decide, context=context)

    async def answer(self, *, supplier_id: str, answer: str, context: Context) -> Supplier:
        """Answer a reviewer's questions in words, perhaps after new documents; it is verified again.

        Raises SupplierMissing, SupplierTransitionRefused.
        """

        async def decide(supplier: Supplier) -> Step:
            answered = decide_answered(supplier=supplier, answer=answer, context=context)
            event = SupplierCorrected(supplier_id=supplier_id, revision=answered.revision, fields=("answer",))
            return Step(supplier=answered, event=event, action="answered", reason=answer)

        return await decided_about_candidate(table=self._table, supplier_id=supplier_id, decide=decide, context=context)

    async def _missing(self, supplier: Supplier) -> tuple[Missing, ...]:
        return missing_of(
            supplier=supplier,
            documents=await documents_of(table=self._table, supplier=supplier),
            policy=self._policy,
        )
