"""Which mails there are, and what each needs to be told. The templates themselves are text files."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

import msgspec

from openaisle.kernel.errors import NotFound, RequestInvalid


class Filling(StrEnum):
    """What may stand in the place of a placeholder: one line, several lines, or an address of the web."""

    LINE = "line"
    TEXT = "text"
    LINK = "link"


class Placeholder(msgspec.Struct, frozen=True, kw_only=True):
    """A place in a template that the data of each mail fills."""

    name: str
    meaning: str
    filling: Filling = Filling.LINE


class MailSpecification(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of mail: its name, what it is for, and everything its template may say."""

    name: str
    purpose: str
    placeholders: tuple[Placeholder, ...]

    @property
    def by_name(self) -> dict[str, Placeholder]:
        """The placeholders by name, with those that every template has."""
        return {one.name: one for one in (MARKETPLACE_NAME, *self.placeholders)}


class MailTemplateUnknown(NotFound):
    """No template has this name."""

    code = "mail-template-unknown"
    title = "There is no such mail template"
    mend = "Name one of the templates listed in docs/reference/mail-templates.md."


class MailDataMissing(RequestInvalid):
    """A mail was to be written without something that its template needs."""

    code = "mail-data-missing"
    title = "The mail's data is not complete"
    mend = "Give every placeholder that docs/reference/mail-templates.md lists for the template."


MARKETPLACE_NAME = Placeholder(name="marketplace_name", meaning="the name of the marketplace, from the settings")
_SUPPLIER = Placeholder(name="supplier_name", meaning="the name by which the supplier is known")
_CHANGES = Placeholder(name="changes", meaning="which facts are concerned, by their names")
_REASON = Placeholder(name="reason", meaning="why it was decided so", filling=Filling.TEXT)
_FINDINGS = Placeholder(name="findings", meaning="what is beyond its limit, a line each", filling=Filling.TEXT)
_LINK = Placeholder(name="link", meaning="where the recipient goes on", filling=Filling.LINK)
_TERMS = Placeholder(name="terms_version", meaning="the version of the terms")
_PERSON = Placeholder(name="name", meaning="the name of the person")
_HOURS = Placeholder(name="hours", meaning="for how many hours the link works")
_PURCHASE_ORDER = Placeholder(name="purchase_order_id", meaning="the identifier of the purchase order")
_REFERENCE = Placeholder(name="order_reference", meaning="the storefront's number of the order")
_LINES = Placeholder(name="lines", meaning="SKUs and quantities, one a line", filling=Filling.TEXT)
_DUE = Placeholder(name="due_on", meaning="the last day, as a date")

_ORDER = Placeholder(name="order_reference", meaning="the storefront's own number of the order")
_URL = Placeholder(name="url", meaning="the address of the endpoint")
_ENDPOINT = Placeholder(name="endpoint_id", meaning="the identifier of the endpoint")
_ORDERS = Placeholder(name="orders", meaning="order numbers, one a line", filling=Filling.TEXT)
_UNITS = Placeholder(name="units", meaning="how many units")
_KIND = Placeholder(name="kind", meaning="what it is about")


def _mail(name: str, purpose: str, *placeholders: Placeholder) -> tuple[str, MailSpecification]:
    return name, MailSpecification(name=name, purpose=purpose, placeholders=placeholders)


SPECIFICATIONS: Mapping[str, MailSpecification] = dict(
    (
        _mail("supplier_application_received", "An application came in.", _SUPPLIER),
        _mail(
            "supplier_questions",
            "A reviewer sends an application back with questions.",
            _SUPPLIER,
            Placeholder(name="questions", meaning="what the reviewer asks", filling=Filling.TEXT),
        ),
        _mail("supplier_activated", "A supplier passed verification and may sell.", _SUPPLIER),
        _mail("supplier_rejected", "An application was turned down.", _SUPPLIER, _REASON),
        _mail(
            "supplier_suspension_notice",
            "A supplier is suspended, or will be.",
            _SUPPLIER,
            _REASON,
            Placeholder(name="effective_on", meaning="from which day on, as a date"),
        ),
        _mail(
            "supplier_leaving_notice",
            "A supplier's contract will end.",
            _SUPPLIER,
            _REASON,
            Placeholder(name="effective_on", meaning="from which day on, as a date"),
        ),
        _mail("supplier_stays", "A supplier's contract will not end after all.", _SUPPLIER, _REASON),
        _mail("supplier_offboarded", "A supplier has left.", _SUPPLIER, _REASON),
        _mail("supplier_answer_overdue", "A supplier has not answered a reviewer's questions in time.", _SUPPLIER),
        _mail("supplier_revision_received", "Changed facts of a supplier are being verified.", _SUPPLIER, _CHANGES),
        _mail("supplier_revision_applied", "Changed facts of a supplier are in force.", _SUPPLIER, _CHANGES),
        _mail("supplier_revision_discarded", "Changed facts of a supplier were turned down.", _SUPPLIER, _REASON),
        _mail("supplier_payouts_frozen", "Nothing is paid out to a supplier for now.", _SUPPLIER, _REASON),
        _mail("supplier_payouts_released", "A supplier is paid out again.", _SUPPLIER),
        _mail("supplier_reinstated", "A suspended supplier sells again.", _SUPPLIER, _REASON),
        _mail(
            "purchase_orders_waiting", "The time to answer purchase orders is nearly over.", _SUPPLIER, _ORDERS, _LINK
        ),
        _mail("purchase_orders_late", "Accepted purchase orders should have left.", _SUPPLIER, _ORDERS, _LINK),
        _mail("parcels_lost", "Parcels are so late that they count as lost.", _SUPPLIER, _ORDERS, _LINK),
        _mail("scorecard_warning", "A supplier does not keep a limit of its scorecard.", _SUPPLIER, _FINDINGS, _LINK),
        _mail(
            "scorecard_notice",
            "A supplier may be suspended for its scorecard from a day on.",
            _SUPPLIER,
            _FINDINGS,
            Placeholder(name="effective_on", meaning="from which day on, as a date"),
            _LINK,
        ),
        _mail("scorecard_eased", "The notice of a suspension for a scorecard has ended.", _SUPPLIER, _LINK),
        _mail("scorecard_recovered", "A supplier keeps all limits of its scorecard again.", _SUPPLIER, _LINK),
        _mail(
            "document_expiring",
            "A document ends soon.",
            _SUPPLIER,
            Placeholder(name="document_name", meaning="which document"),
            Placeholder(name="expires_on", meaning="its last day, as a date"),
        ),
        _mail(
            "document_expired",
            "A document has ended.",
            _SUPPLIER,
            Placeholder(name="document_name", meaning="which document"),
            Placeholder(name="expires_on", meaning="its last day, as a date"),
        ),
        _mail(
            "terms_changed",
            "New terms were announced, which apply from a day on.",
            _SUPPLIER,
            _TERMS,
            Placeholder(name="summary", meaning="what changes, in plain words", filling=Filling.TEXT),
            Placeholder(name="effective_on", meaning="from which day on, as a date"),
            _LINK,
        ),
        _mail(
            "terms_not_agreed",
            "New terms apply, and the supplier has not agreed to them yet.",
            _SUPPLIER,
            _TERMS,
            Placeholder(name="effective_on", meaning="since which day, as a date"),
            _LINK,
        ),
        _mail("email_confirmation", "A mailbox is to be confirmed.", _LINK, _HOURS),
        _mail(
            "purchase_order_placed",
            "A supplier that is reached by mail gets a purchase order; the mail never says who the shopper is.",
            _SUPPLIER,
            _PURCHASE_ORDER,
            _REFERENCE,
            _LINES,
            Placeholder(name="destination", meaning="country, region and postal code the goods go to"),
            Placeholder(name="due_at", meaning="until when it is to be answered, as a date and a time"),
            _LINK,
        ),
        _mail(
            "purchase_order_canceled",
            "Something of a purchase order that a supplier has by mail is canceled.",
            _SUPPLIER,
            _PURCHASE_ORDER,
            _REFERENCE,
            _LINES,
            _REASON,
        ),
        _mail("people-invitation", "A person is invited to an account.", _PERSON, _LINK, _HOURS),
        _mail("people-reset", "A new password was asked for.", _PERSON, _LINK, _HOURS),
        _mail(
            "recertification_due",
            "A supplier must provide or certify its particulars again by a day.",
            _SUPPLIER,
            Placeholder(name="duty_name", meaning="what is to be done"),
            Placeholder(name="source", meaning="the paragraph of law or policy that asks for it"),
            _DUE,
        ),
        _mail(
            "duty_overdue",
            "A day by which a supplier had to provide particulars has passed.",
            _SUPPLIER,
            Placeholder(name="duty_name", meaning="what is to be done"),
            Placeholder(name="source", meaning="the paragraph of law or policy that asks for it"),
            _DUE,
        ),
        _mail("return_requested", "A supplier is to decide about a return.", _SUPPLIER, _ORDER, _UNITS, _DUE, _LINK),
        _mail("return_authorized", "Goods come back to a supplier.", _SUPPLIER, _ORDER, _UNITS, _DUE, _LINK),
        _mail("return_overdue", "A returned parcel was not received in time.", _SUPPLIER, _ORDER, _UNITS, _DUE, _LINK),
        _mail("incident_opened", "A shopper asks a supplier something.", _SUPPLIER, _ORDER, _KIND, _DUE, _LINK),
        _mail("incident_message", "A supplier is to answer in an incident.", _SUPPLIER, _ORDER, _KIND, _DUE, _LINK),
        _mail("incident_escalated", "The operator decides in an incident.", _SUPPLIER, _ORDER, _KIND, _LINK),
        _mail(
            "webhook_paused",
            "A webhook endpoint failed for so long that nothing more is sent to it.",
            _URL,
            _ENDPOINT,
            _REASON,
            _LINK,
        ),
        _mail("webhook_recovered", "A paused webhook endpoint takes events again.", _URL, _ENDPOINT, _LINK),
        _mail(
            "incident_resolved",
            "An incident is settled.",
            _SUPPLIER,
            _ORDER,
            _KIND,
            Placeholder(name="outcome", meaning="how it was settled"),
            _LINK,
        ),
    )
)
