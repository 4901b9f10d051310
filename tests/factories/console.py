"""View models of the console as a busy day would fill them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from openaisle.entrypoints.console.charts import bar_chart
from openaisle.entrypoints.console.views.common import (
    Choice,
    EventRow,
    Fact,
    FieldChange,
    HistoryEntry,
    Issue,
    Paging,
    StateCount,
)
from openaisle.entrypoints.console.views.feed_report import feed_report_view
from openaisle.entrypoints.console.views.feeds import FeedPage, FeedRow, FeedsPage, RowReport
from openaisle.entrypoints.console.views.orders import (
    AllocationCard,
    Candidate,
    LineRow,
    OrderPage,
    OrderRow,
    OrdersPage,
)
from openaisle.entrypoints.console.views.overview import OverviewFigures, OverviewPage, Step
from openaisle.entrypoints.console.views.products import (
    OfferCard,
    ProductPage,
    ProductRow,
    ProductsPage,
    QualityRow,
    StockRow,
)
from openaisle.entrypoints.console.views.purchase_orders import PurchaseOrderCard, ShipmentRow
from openaisle.entrypoints.console.views.reviews import FieldUnderReview, ReviewPage, ReviewRow, ReviewsPage
from openaisle.entrypoints.console.views.suppliers import (
    CheckRow,
    ConnectionCard,
    SupplierPage,
    SupplierRow,
    SuppliersPage,
)
from openaisle.entrypoints.console.views.webhooks import EndpointCard, WebhookPage, WebhooksPage
from openaisle.feeds.model import Feed, FeedCounts, FeedState
from openaisle.feeds.report import Cause, FeedCauses
from openaisle.kernel.money import Money
from openaisle.webhooks.log_queries import DeliveryAttemptView, ResendView
from openaisle.webhooks.resending import ResendState

NOW = datetime(2026, 11, 23, 18, 25, 41, tzinfo=UTC)
NAMES = (
    "Olive & Thyme Kitchenware",
    "Nordic Trail Outdoor",
    "Casa Brilho Decoração",
    "Blue Harbor Books",
    "Kite & Co.",
)


def ago(**parts: float) -> datetime:
    return NOW - timedelta(**parts)


def euros(amount_minor: int) -> Money:
    return Money(amount_minor=amount_minor, currency="EUR")


def order_row(**given: Any) -> OrderRow:
    number = given.pop("number", 1)
    states = ("allocated", "accepted", "partially_shipped", "shipped", "delivered", "placed", "canceled")
    values: dict[str, Any] = {
        "order_id": f"ord_01kare8z7p3x9v2n4m6q8s0{number:03d}",
        "reference": f"WEB-{98_664 - number}",
        "storefront_id": "web",
        "state": states[number % len(states)],
        "placed_at": ago(seconds=2 + number * 7),
        "total": euros(2_390 + number * number * 1_717),
        "line_count": 1 + number % 4,
        "supplier_count": 1 + number % 3,
    }
    return OrderRow(**(values | given))


def event_row(**given: Any) -> EventRow:
    number = given.pop("number", 1)
    types = ("order.placed", "purchase_order.accepted", "purchase_order.sent", "supplier.activated", "order.allocated")
    values: dict[str, Any] = {
        "key": str(1000 - number),
        "at": ago(seconds=1 + number * 3),
        "type": types[number % len(types)],
        "subject": f"WEB-{98_660 - number} at {NAMES[number % len(NAMES)]}",
        "actor": "storefront:web",
        "href": "/console/orders/ord_1",
    }
    return EventRow(**(values | given))


def overview_page(**given: Any) -> OverviewPage:
    minutes = [int(30 + 22 * ((minute * 7919) % 13) / 13 + (18 if minute % 17 == 0 else 0)) for minute in range(60)]
    values: dict[str, Any] = {
        "figures": OverviewFigures(
            order_count=12_846,
            values=(euros(182_744_310),),
            orders_a_minute=bar_chart(counts=minutes),
            orders_last_minute=minutes[-1],
            purchase_orders_made=14_730,
            purchase_order_steps=tuple(
                Step(state=state, count=count, width=f"{count / 14.73:.1f}")
                for state, count in (
                    ("sent", 1_214),
                    ("accepted", 14_402),
                    ("rejected", 87),
                    ("expired", 6),
                    ("shipped", 11_120),
                    ("delivered", 7_901),
                )
            ),
            reviews_waiting=7,
            oldest_review_at=ago(hours=5),
            suppliers=(
                StateCount(state="active", count=1_204, href="/console/suppliers?state=active"),
                StateCount(state="verifying", count=14, href="/console/suppliers?state=verifying"),
                StateCount(state="in_review", count=7, href="/console/suppliers?state=in_review"),
                StateCount(state="suspended", count=3, href="/console/suppliers?state=suspended"),
                StateCount(state="rejected", count=22, href="/console/suppliers?state=rejected"),
            ),
            troubled=(),
        ),
        "orders": tuple(order_row(number=number) for number in range(12)),
        "events": tuple(event_row(number=number) for number in range(14)),
    }
    return OverviewPage(**(values | given))


def order_choices() -> tuple[Choice, ...]:
    labels = ("All", "Placed", "Allocated", "Accepted", "Shipped", "Delivered", "Canceled")
    return tuple(
        Choice(label=label, href=f"/console/orders?state={label.lower()}", chosen=label == "All") for label in labels
    )


def orders_page(**given: Any) -> OrdersPage:
    values: dict[str, Any] = {
        "day": "2026-11-23",
        "choices": order_choices(),
        "orders": tuple(order_row(number=number) for number in range(20)),
        "paging": Paging(next_href="/console/orders?after=abc"),
        "refresh_href": "/console/fragments/order-list",
    }
    return OrdersPage(**(values | given))


def candidate(**given: Any) -> Candidate:
    values: dict[str, Any] = {
        "supplier": NAMES[0],
        "supplier_href": "/console/suppliers/sup_1",
        "offer_id": "off_01kare8z7p3x9v2n4m6q8s0t2v",
        "chosen": True,
        "score": "€25.40",
        "terms": (("fills", "1"), ("price", "€24.90"), ("leaves in", "1 day"), ("available", "28")),
        "refusal": "",
    }
    return Candidate(**(values | given))


def order_page(**given: Any) -> OrderPage:
    lines = tuple(
        LineRow(
            line_number=number + 1,
            product=("Cast-iron casserole 28 cm, graphite", "Merino base layer, size M", "Beeswax candles, 12")[number],
            product_href="/console/products/prd_1",
            supplier=NAMES[number],
            supplier_href="/console/suppliers/sup_1",
            quantity=number + 1,
            unit_price=euros(2_490 + 1_000 * number),
            shipping=euros(490),
            state=("delivered", "shipped", "accepted")[number],
            note=("", "", "taken over after Blue Harbor Books rejected it")[number],
        )
        for number in range(3)
    )
    purchase_orders = tuple(
        PurchaseOrderCard(
            purchase_order_id=f"po_01kare8z7p3x9v2n4m6q8s0t2v_0{number + 1}",
            supplier=NAMES[number],
            supplier_href="/console/suppliers/sup_1",
            state=("delivered", "shipped", "accepted", "rejected")[number],
            total=euros(2_980 + 1_000 * number),
            lines=f"line {min(number + 1, 3)}",
            moments=(("sent", ago(minutes=38)), ("answered", ago(minutes=37))),
            note="No longer in stock, said the supplier; line 3 was allocated again." if number == 3 else "",
            shipments=(
                ShipmentRow(
                    shipment_id="shp_1",
                    carrier="DHL",
                    tracking_number="JD014600006281734",
                    shipped_at=ago(minutes=20),
                    delivered_at=ago(minutes=2) if number == 0 else None,
                    quantities="1 of line 1",
                ),
            )
            if number < 2
            else (),
        )
        for number in range(4)
    )
    allocations = (
        AllocationCard(
            line_number=1,
            product="Cast-iron casserole 28 cm, graphite",
            decided_at=ago(minutes=39),
            reason="Best score of 3 offers; stock covers the whole quantity.",
            chosen=True,
            candidates=(
                candidate(),
                candidate(
                    supplier=NAMES[4],
                    chosen=False,
                    score="€27.60",
                    terms=(("price", "€26.10"), ("leaves in", "3 days")),
                ),
                candidate(supplier=NAMES[3], chosen=False, score="", terms=(), refusal="1 available, 2 needed"),
            ),
        ),
    )
    history = (
        HistoryEntry(at=ago(minutes=2), title="Purchase order 01 delivered", state="delivered", actor="supplier:sup_1"),
        HistoryEntry(at=ago(minutes=20), title="Purchase order 01 shipped with DHL", state="shipped"),
        HistoryEntry(at=ago(minutes=36), title="Line 3 allocated again", state="allocated", detail="after a rejection"),
        HistoryEntry(at=ago(minutes=37), title="Purchase order 04 rejected", state="rejected", detail="out of stock"),
        HistoryEntry(at=ago(minutes=40), title="Order placed", state="placed", actor="storefront:web"),
    )
    values: dict[str, Any] = {
        "order_id": "ord_01kare8z7p3x9v2n4m6q8s0t2v",
        "reference": "WEB-98664",
        "state": "partially_shipped",
        "placed_at": ago(minutes=40),
        "total": euros(12_940),
        "facts": (
            Fact(label="Order", value="ord_01kare8z7p3x9v2n4m6q8s0t2v", code=True),
            Fact(label="Storefront", value="web"),
            Fact(label="Placed", value="2026-11-23 17:45:41 UTC"),
            Fact(label="Ship to", value="75011 Paris, FR"),
        ),
        "lines": lines,
        "purchase_orders": purchase_orders,
        "allocations": allocations,
        "history": history,
    }
    return OrderPage(**(values | given))


def supplier_row(**given: Any) -> SupplierRow:
    number = given.pop("number", 0)
    values: dict[str, Any] = {
        "supplier_id": f"sup_01kare8z7p3x9v2n4m6q8s{number:04d}",
        "name": NAMES[number % len(NAMES)],
        "state": ("active", "active", "in_review", "verifying", "suspended")[number % 5],
        "country": ("FR", "NO", "BR", "US", "GB")[number % 5],
        "changed_at": ago(hours=number * 3 + 1),
        "connected": number % 5 < 2,
    }
    return SupplierRow(**(values | given))


def suppliers_page(**given: Any) -> SuppliersPage:
    labels = (("All", 1250), ("Active", 1204), ("Verifying", 14), ("In review", 7), ("Suspended", 3), ("Rejected", 22))
    values: dict[str, Any] = {
        "state": "",
        "choices": tuple(
            Choice(label=label, href="/console/suppliers", chosen=label == "All", count=count)
            for label, count in labels
        ),
        "suppliers": tuple(supplier_row(number=number) for number in range(10)),
        "paging": Paging(next_href="/console/suppliers?after=abc"),
    }
    return SuppliersPage(**(values | given))


def supplier_page(**given: Any) -> SupplierPage:
    checks = (
        ("registration_number", "pass", "552 100 554 has the form and the check digit of a French SIREN", ""),
        ("tax_id", "pass", "The check digits agree with the registration number", ""),
        ("email", "pass", "hello@olive-thyme.example accepts mail", ""),
        (
            "website",
            "warning",
            "https://olive-thyme.example answers, but names another company",
            "Ask for the imprint.",
        ),
        ("duplicate", "pass", "No other supplier has these numbers or a similar name", ""),
    )
    values: dict[str, Any] = {
        "supplier_id": "sup_01kare8z7p3x9v2n4m6q8s0t2v",
        "name": NAMES[0],
        "state": "active",
        "state_note": "Active since 2026-11-02 09:14 UTC",
        "facts": (
            Fact(label="Legal name", value="Olive & Thyme SARL"),
            Fact(label="Registration", value="552 100 554", code=True),
            Fact(label="Tax id", value="FR•••••••••54", code=True, masked=True),
            Fact(label="E-mail", value="hello@olive-thyme.example"),
            Fact(label="Website", value="https://olive-thyme.example"),
            Fact(label="Address", value="14 rue des Capucins, 69001 Lyon, FR"),
            Fact(label="Phone", value=""),
        ),
        "verdict": "Every check passed or was approved by a person.",
        "checks": tuple(
            CheckRow(name=name, outcome=outcome, found="", evidence=(("looked at", evidence),), suggestion=suggestion)
            for name, outcome, evidence, suggestion in checks
        ),
        "corrections": (
            FieldChange(
                field="phone", before="04 78 00 00 00", after="+33 4 78 00 00 00", rule="phone_e164", who="system"
            ),
            FieldChange(field="city", before="LYON ", after="Lyon", rule="capitals", who="system"),
        ),
        "history": (
            HistoryEntry(at=ago(days=21), title="Activated", state="active", actor="system:verification"),
            HistoryEntry(
                at=ago(days=21, minutes=1),
                title="Corrected",
                actor="system:verification",
                changes=(FieldChange(field="city", before="LYON ", after="Lyon"),),
            ),
            HistoryEntry(at=ago(days=21, minutes=2), title="Applied", state="applied", actor="anyone"),
        ),
        "connection": ConnectionCard(
            breaker="available",
            breaker_note="Answered every call of the last hour.",
            facts=(
                Fact(label="Order Acceptance API", value="https://api.olive-thyme.example/orders", code=True),
                Fact(label="Inventory API", value="https://api.olive-thyme.example/stock", code=True),
                Fact(label="Waits at most", value="5 s an answer, 24 h an acknowledgment"),
            ),
        ),
        "review_href": "/console/reviews/tsk_1",
        "may_suspend": True,
        "may_reinstate": False,
    }
    return SupplierPage(**(values | given))


def issue(**given: Any) -> Issue:
    values: dict[str, Any] = {
        "severity": "warning",
        "code": "city-unknown",
        "field": "city",
        "message": "There is no “Sao Pauo” in Brazil.",
        "suggestion": "Did they mean São Paulo?",
    }
    return Issue(**(values | given))


def reviews_page(**given: Any) -> ReviewsPage:
    tasks = tuple(
        ReviewRow(
            task_id=f"tsk_{number}",
            subject_kind=("supplier", "product_submission")[number % 2],
            subject=NAMES[number % len(NAMES)],
            causes=("tax id not found", "category unclear")[number % 2],
            finding_count=number + 1,
            state=("open", "claimed")[number % 3 == 1],
            assignee="ana" if number % 3 == 1 else "",
            requested_at=ago(hours=30 - 6 * number),
            late=number == 0,
        )
        for number in range(5)
    )
    values: dict[str, Any] = {
        "state": "open",
        "subject_kind": "",
        "choices": tuple(
            Choice(label=label, href="/console/reviews", chosen=label == "Open")
            for label in ("Open", "Claimed", "Resolved")
        ),
        "kinds": tuple(
            Choice(label=label, href="/console/reviews", chosen=label == "All")
            for label in ("All", "Supplier", "Product submission")
        ),
        "tasks": tasks,
        "paging": Paging(),
    }
    return ReviewsPage(**(values | given))


def review_page(**given: Any) -> ReviewPage:
    values: dict[str, Any] = {
        "task_id": "tsk_1",
        "subject_kind": "supplier",
        "subject": NAMES[2],
        "subject_href": "/console/suppliers/sup_1",
        "state": "open",
        "assignee": "",
        "requested_at": ago(hours=5),
        "causes": ("the city is not known", "the tax id belongs to another name"),
        "doubtful": (
            FieldUnderReview(
                field="city",
                label="City",
                value="Sao Pauo",
                masked=False,
                several_lines=False,
                issues=(issue(),),
                proposal="São Paulo",
                proposal_rule="nearest_city",
            ),
            FieldUnderReview(
                field="tax_id",
                label="Tax id",
                value="BR••••••••••91",
                masked=True,
                several_lines=False,
                issues=(
                    issue(
                        severity="error", message="The check digits do not agree.", suggestion="Ask for the document."
                    ),
                ),
                proposal="",
                proposal_rule="",
            ),
        ),
        "correcting_others": False,
        "others": (
            FieldUnderReview(
                field="legal_name",
                label="Legal name",
                value="Casa Brilho Decoração Ltda",
                masked=False,
                several_lines=False,
                issues=(),
                proposal="",
                proposal_rule="",
            ),
        ),
        "other_issues": (
            issue(severity="info", message="A supplier of a similar name was rejected in March.", suggestion=""),
        ),
        "facts": (
            Fact(label="Task", value="tsk_01kare8z7p3x9v2n4m6q8s0t2v", code=True),
            Fact(label="Assignee", value=""),
        ),
        "outcome": (),
        "may_claim": True,
        "may_resolve": True,
    }
    return ReviewPage(**(values | given))


def products_page(**given: Any) -> ProductsPage:
    values: dict[str, Any] = {
        "products": tuple(
            ProductRow(
                product_id=f"prd_{number}",
                title="Cast-iron casserole 28 cm, graphite",
                brand="Fonderie",
                category="Kitchen",
                identifier="04006381333931",
                state="active",
            )
            for number in range(8)
        ),
        "paging": Paging(next_href="/console/products?after=a"),
    }
    return ProductsPage(**(values | given))


def product_page(**given: Any) -> ProductPage:
    values: dict[str, Any] = {
        "product_id": "prd_1",
        "title": "Cast-iron casserole 28 cm, graphite",
        "state": "active",
        "description": "Enameled cast iron, for every hob and the oven.",
        "facts": (Fact(label="GTIN", value="04006381333931", code=True), Fact(label="Weight", value="4,200 g")),
        "offers": tuple(
            OfferCard(
                offer_id=f"off_{number}",
                supplier=NAMES[number],
                supplier_href="/console/suppliers/sup_1",
                supplier_sku=f"CAS-28-{number}",
                price=euros(2_490 + 120 * number),
                lead_time_days=1 + number,
                condition="new",
                state=("active", "paused")[number],
                stock=(
                    StockRow(
                        location="Lyon",
                        on_hand=40,
                        reserved=12,
                        safety_stock=0,
                        available=28,
                        confirmed_at=ago(minutes=4),
                    ),
                ),
                obstacle=("", "the supplier paused the offer")[number],
            )
            for number in range(2)
        ),
        "score": 62,
        "quality": (
            QualityRow(title="Identifier", points=15, maximum=15, message="The product has a GTIN.", suggestion=""),
            QualityRow(title="Images", points=9, maximum=15, message="1 of 3 pictures.", suggestion="Add pictures."),
        ),
    }
    return ProductPage(**(values | given))


def feeds_page(**given: Any) -> FeedsPage:
    row = FeedRow(
        feed_id="fed_01kare8z7p3x9v2n4m6q8s0t2v", supplier=NAMES[0], state="applied", received_at=ago(hours=3),
        rows=120_000, rejected=12, in_review=3, corrected=418,
    )  # fmt: skip
    return FeedsPage(**({"feeds": (row,), "paging": Paging()} | given))


def feed_page(**given: Any) -> FeedPage:
    feed = Feed(
        feed_id="fed_1",
        supplier_id="sup_1",
        file_name="prices.csv",
        state=FeedState.APPLIED,
        byte_count=4_096,
        sha256="0" * 64,
        counts=FeedCounts(accepted=118, rejected=2),
        rows_total=120,
        rows_done=120,
        received_at=ago(hours=3),
        changed_at=ago(hours=2),
    )
    cause = Cause(code="price_missing", field="price", severity="error", count=2, first_row=4)
    causes = FeedCauses(feed_id=feed.feed_id, issues=(cause,))
    values: dict[str, Any] = {
        "supplier": NAMES[0],
        "feed": feed_report_view(feed=feed, causes=causes),
        "facts": (Fact(label="Encoding", value="utf-8"),),
        "reports": (
            RowReport(row=0, issues=(issue(severity="info"),), corrections=()),
            RowReport(
                row=3, issues=(), corrections=(FieldChange(field="title", before=" Mug", after="Mug", rule="tidied"),)
            ),
        ),
        "next_after": None,
    }
    return FeedPage(**(values | given))


def webhook_page() -> WebhookPage:
    calls = [
        DeliveryAttemptView(
            at=ago(minutes=number), attempt=1, status=status, error=error, duration_milliseconds=12,
            message_id="msg_1", event_count=1, first_event_id="130-1", last_event_id="130-1",
            event_types=("order.placed",), resend_id=None,
        )
        for number, (status, error) in enumerate([(204, None), (503, "It answered 503."), (None, "No answer.")])
    ]  # fmt: skip
    resend = ResendView(
        resend_id="rsd_1", endpoint_id="whk_1", event_id=None, since=ago(minutes=90), state=ResendState.OPEN,
        requested_by="operator:ana", requested_at=NOW, resent_count=3, attempts=0, last_failure=None,
        next_attempt_at=None, ended_at=None, goes_on_after=None,
    )  # fmt: skip
    card = webhooks_page().endpoints[0]
    return WebhookPage(
        card=msgspec.structs.replace(card, gave_up_at=ago(minutes=3)), href=card.href, calls=tuple(calls),
        resends=(resend,), choices=(Choice(label="All", href="/console/webhooks/whk_1", chosen=True),), paging=Paging(),
    )  # fmt: skip


def webhooks_page(**given: Any) -> WebhooksPage:
    card = EndpointCard(
        endpoint_id="whk_01kare8z7p3x9v2n4m6q8s0t2v", url="https://web.example/hooks", owner="storefront web",
        state="failing", told="every event", batch_size=50, delivered_count=4_711, last_delivered_at=ago(minutes=9),
        failing_since=ago(minutes=8), attempts=5, next_attempt_at=NOW, trouble="It answered 503.",
    )  # fmt: skip
    return WebhooksPage(**({"endpoints": (card,), "paging": Paging()} | given))
