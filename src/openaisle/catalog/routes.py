"""The HTTP operations of the catalog: submissions and the list of products."""

from __future__ import annotations

from typing import Annotated

import msgspec

from openaisle.catalog.cells import IMAGE_URLS_MAXIMUM
from openaisle.catalog.model import (
    Product,
    ProductState,
    ProductSubmission,
    ProductTransitionRefused,
    ProductUnknown,
    SubmissionFacts,
    SubmissionState,
    SubmissionUnknown,
    SupplierNotActive,
    shown_to_supplier,
)
from openaisle.catalog.queries import CatalogQueries, ProductPage, SubmissionPage
from openaisle.catalog.use_cases import CatalogUseCases
from openaisle.kernel.context import Principal, Role, SupplierScope
from openaisle.kernel.errors import RequestInvalid
from openaisle.kernel.http import OPERATOR, Answer, Operation, Request

SUPPLIER = frozenset({Role.SUPPLIER})
SUPPLIER_AND_OPERATOR = frozenset({Role.SUPPLIER, Role.OPERATOR})
EVERY_READER = frozenset({Role.STOREFRONT, Role.OPERATOR, Role.SUPPLIER})
MAXIMUM_SUBMISSIONS = 500
MAXIMUM_SUBMISSIONS_BYTES = 8_000_000

# Wide bounds: what is merely wrong shall become an issue of its row, not an error of the whole request.
ShortText = Annotated[str, msgspec.Meta(max_length=1_000)]
LongText = Annotated[str, msgspec.Meta(max_length=20_000)]
AttributeName = Annotated[str, msgspec.Meta(max_length=100)]
ImageUrls = Annotated[list[Annotated[str, msgspec.Meta(max_length=2_000)]], msgspec.Meta(max_length=IMAGE_URLS_MAXIMUM)]
AttributeText = Annotated[str, msgspec.Meta(max_length=500)]
Integer = Annotated[int, msgspec.Meta(ge=-(2**53), le=2**53)]


class StateRequired(RequestInvalid):
    """The operator asked for submissions of every state at once."""

    code = "state-required"
    title = "The list needs a state"
    mend = "Ask for state=submitted, in_review or rejected."


class SubmissionBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a supplier says of one product and its terms."""

    supplier_sku: ShortText
    title: LongText
    price_minor: Integer
    currency: ShortText
    on_hand: Integer
    gtin: ShortText | None = None
    product_reference: ShortText | None = None
    description: LongText | None = None
    brand: ShortText | None = None
    part_number: ShortText | None = None
    category: ShortText | None = None
    variant_group: ShortText | None = None
    weight_grams: Integer | None = None
    length_mm: Integer | None = None
    width_mm: Integer | None = None
    height_mm: Integer | None = None
    image_count: Integer | None = None
    image_urls: ImageUrls = msgspec.field(default_factory=list)
    attributes: Annotated[dict[AttributeName, AttributeText], msgspec.Meta(max_length=100)] = msgspec.field(
        default_factory=dict
    )
    location: ShortText = "default"
    lead_time_days: Integer = 2
    condition: ShortText = "new"


class SubmissionsBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Up to 500 submissions."""

    submissions: Annotated[list[SubmissionBody], msgspec.Meta(min_length=1, max_length=MAXIMUM_SUBMISSIONS)]


class SubmittedView(msgspec.Struct, frozen=True, kw_only=True):
    """A submission that was taken in."""

    submission_id: str
    supplier_sku: str


class SubmittedAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The submissions taken in, in the order of the request."""

    submissions: list[SubmittedView]


class PageQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which page."""

    after: Annotated[str, msgspec.Meta(max_length=400)] | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=500)] = 100


class SubmissionListQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which page of which submissions."""

    state: SubmissionState | None = None
    after: Annotated[str, msgspec.Meta(max_length=400)] | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=500)] = 100


class ProductStateBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The state that a product shall have."""

    state: ProductState


def operations(*, use_cases: CatalogUseCases, queries: CatalogQueries) -> tuple[Operation, ...]:
    """Return the operations of the catalog."""
    return (
        *_submissions(use_cases=use_cases, queries=queries),
        *_products(use_cases=use_cases, queries=queries),
    )


def _scope(*, principal: Principal) -> SupplierScope | None:
    return SupplierScope(supplier_id=principal.subject_id) if principal.role is Role.SUPPLIER else None


def _submissions(*, use_cases: CatalogUseCases, queries: CatalogQueries) -> tuple[Operation, ...]:
    async def submit_products(request: Request) -> Answer:
        body: SubmissionsBody = request.body
        table = [msgspec.convert(one, SubmissionFacts, from_attributes=True) for one in body.submissions]
        scope = SupplierScope(supplier_id=request.principal.subject_id)
        taken = await use_cases.submit(scope=scope, table=table, context=request.context)
        views = [SubmittedView(submission_id=one.submission_id, supplier_sku=one.facts.supplier_sku) for one in taken]
        return Answer(value=SubmittedAnswer(submissions=views))

    async def get_submission(request: Request) -> Answer:
        found = await queries.submission(
            scope=_scope(principal=request.principal), submission_id=request.path["submission_id"]
        )
        return Answer(value=found.record)

    async def list_submissions(request: Request) -> Answer:
        query: SubmissionListQuery = request.query
        scope = _scope(principal=request.principal)
        if scope is not None:
            page = await queries.list_supplier_submissions(
                scope=scope, state=query.state, after=query.after, limit=query.limit
            )
        elif query.state is None or query.state is SubmissionState.ACCEPTED:
            raise StateRequired(detail="Accepted submissions are listed to their supplier only.")
        else:
            page = await queries.list_submissions(state=query.state, after=query.after, limit=query.limit)
        return Answer(value=page)

    return (
        Operation(
            method="POST",
            path="/v1/product-submissions",
            name="submit_products",
            summary="Hand in products",
            description="Each is validated by itself; read its verdict at /v1/product-submissions/{submission_id}.",
            tag="Products",
            roles=SUPPLIER,
            handle=submit_products,
            body=SubmissionsBody,
            answer=SubmittedAnswer,
            status=202,
            errors=(SupplierNotActive,),
            maximum_body_bytes=MAXIMUM_SUBMISSIONS_BYTES,
        ),
        Operation(
            method="GET",
            path="/v1/product-submissions/{submission_id}",
            name="get_product_submission",
            summary="Read a submission with its verdict, issues and corrections",
            tag="Products",
            roles=SUPPLIER_AND_OPERATOR,
            handle=get_submission,
            answer=ProductSubmission,
            errors=(SubmissionUnknown,),
        ),
        Operation(
            method="GET",
            path="/v1/product-submissions",
            name="list_product_submissions",
            summary="List submissions by state",
            tag="Products",
            roles=SUPPLIER_AND_OPERATOR,
            handle=list_submissions,
            query=SubmissionListQuery,
            answer=SubmissionPage,
            errors=(StateRequired,),
        ),
    )


def _products(*, use_cases: CatalogUseCases, queries: CatalogQueries) -> tuple[Operation, ...]:
    async def list_products(request: Request) -> Answer:
        query: PageQuery = request.query
        page = await queries.list_products(after=query.after, limit=query.limit)
        scope = _scope(principal=request.principal)
        if scope is not None:
            shown = [shown_to_supplier(product=one, supplier_id=scope.supplier_id) for one in page.products]
            page = msgspec.structs.replace(page, products=shown)
        return Answer(value=page)

    async def set_product_state(request: Request) -> Answer:
        body: ProductStateBody = request.body
        product = await use_cases.set_product_state(
            product_id=request.path["product_id"], state=body.state, context=request.context
        )
        return Answer(value=product)

    return (
        Operation(
            method="GET",
            path="/v1/products",
            name="list_products",
            summary="List products",
            description="The last page has `next_after` null.",
            tag="Products",
            roles=EVERY_READER,
            handle=list_products,
            query=PageQuery,
            answer=ProductPage,
        ),
        Operation(
            method="POST",
            path="/v1/products/{product_id}/state",
            name="set_product_state",
            summary="Withdraw a product or bring it back",
            tag="Products",
            roles=OPERATOR,
            handle=set_product_state,
            body=ProductStateBody,
            answer=Product,
            errors=(ProductUnknown, ProductTransitionRefused),
        ),
    )
