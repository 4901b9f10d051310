"""The HTTP operations by which the operator joins, parts and words products of several sources."""

from __future__ import annotations

from typing import Annotated

import msgspec

from openaisle.catalog.merging.errors import (
    FactUnknown,
    OffersNotOfProduct,
    ProductNotJoined,
    ProductsCannotBeJoined,
)
from openaisle.catalog.merging.model import Contribution, MergeRule
from openaisle.catalog.merging.repository import KeptMergeRule
from openaisle.catalog.merging.use_cases import ProductSources
from openaisle.catalog.model import Product, ProductUnknown
from openaisle.inventory.joining import ProductJoins
from openaisle.kernel.http import OPERATOR, Answer, Operation, Request

Identifier = Annotated[str, msgspec.Meta(min_length=1, max_length=60)]
Reason = Annotated[str, msgspec.Meta(min_length=1, max_length=1_000)]
FactName = Annotated[str, msgspec.Meta(min_length=1, max_length=120)]
FactText = Annotated[str, msgspec.Meta(max_length=20_000)]
FactNumber = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
FactTexts = Annotated[tuple[Annotated[str, msgspec.Meta(max_length=2_000)], ...], msgspec.Meta(max_length=20)]
FactValue = FactText | FactNumber | FactTexts | None


class ProductSourcesAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A product and what each source says of it; ``product.sources`` tells whose word each fact is."""

    product: Product
    sources: list[Contribution]


class ProductFactsBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Facts by name, attributes as ``attributes.<name>``; null gives a fact back to the suppliers."""

    facts: Annotated[dict[FactName, FactValue], msgspec.Meta(min_length=1, max_length=120)]


class ProductJoinBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The product that this one is the same as, and why."""

    into: Identifier
    reason: Reason


class ProductPartBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The offers that are of another product, and why."""

    offer_ids: Annotated[list[Identifier], msgspec.Meta(min_length=1, max_length=50)]
    reason: Reason


def operations(*, joins: ProductJoins, sources: ProductSources) -> tuple[Operation, ...]:
    """Return the operations on products of several sources."""
    return (*_joining(joins=joins), *_wording(sources=sources), *_rule(sources=sources))


def _joining(*, joins: ProductJoins) -> tuple[Operation, ...]:
    async def join_product(request: Request) -> Answer:
        body: ProductJoinBody = request.body
        product_id = request.path["product_id"]
        product = await joins.join(product_id=product_id, into=body.into, reason=body.reason, context=request.context)
        return Answer(value=product)

    async def undo_join(request: Request) -> Answer:
        return Answer(value=await joins.undo(product_id=request.path["product_id"], context=request.context))

    async def part_product(request: Request) -> Answer:
        body: ProductPartBody = request.body
        product = await joins.part(
            product_id=request.path["product_id"],
            offer_ids=body.offer_ids,
            reason=body.reason,
            context=request.context,
        )
        return Answer(value=product)

    return (
        Operation(
            method="POST",
            path="/v1/products/{product_id}/join",
            name="join_product",
            summary="Join a product into another that is the same",
            description="Answers with the other product. Offers follow within seconds; it can be undone.",
            tag="Products",
            roles=OPERATOR,
            handle=join_product,
            body=ProductJoinBody,
            answer=Product,
            errors=(ProductUnknown, ProductsCannotBeJoined),
        ),
        Operation(
            method="POST",
            path="/v1/products/{product_id}/join/undo",
            name="undo_product_join",
            summary="Undo the join of a product",
            tag="Products",
            roles=OPERATOR,
            handle=undo_join,
            answer=Product,
            errors=(ProductUnknown, ProductNotJoined),
        ),
        Operation(
            method="POST",
            path="/v1/products/{product_id}/part",
            name="part_product",
            summary="Give offers that are of another product one of their own",
            description="Later feeds leave these offers there. Joining the new product back undoes it.",
            tag="Products",
            roles=OPERATOR,
            handle=part_product,
            body=ProductPartBody,
            answer=Product,
            errors=(ProductUnknown, OffersNotOfProduct),
        ),
    )


def _wording(*, sources: ProductSources) -> tuple[Operation, ...]:
    async def get_sources(request: Request) -> Answer:
        product, said = await sources.sources(product_id=request.path["product_id"])
        return Answer(value=ProductSourcesAnswer(product=product, sources=said))

    async def set_facts(request: Request) -> Answer:
        body: ProductFactsBody = request.body
        product = await sources.set_facts(
            product_id=request.path["product_id"], values=body.facts, context=request.context
        )
        return Answer(value=product)

    async def merge_again(request: Request) -> Answer:
        return Answer(value=await sources.merge_again(product_id=request.path["product_id"], context=request.context))

    return (
        Operation(
            method="GET",
            path="/v1/products/{product_id}/sources",
            name="get_product_sources",
            summary="Read what each source says of a product, and whose word counts",
            tag="Products",
            roles=OPERATOR,
            handle=get_sources,
            answer=ProductSourcesAnswer,
            errors=(ProductUnknown,),
        ),
        Operation(
            method="PUT",
            path="/v1/products/{product_id}/facts",
            name="set_product_facts",
            summary="Let the operator's word stand for facts of a product",
            description="It wins over every supplier until it is given back with null.",
            tag="Products",
            roles=OPERATOR,
            handle=set_facts,
            body=ProductFactsBody,
            answer=Product,
            errors=(ProductUnknown, FactUnknown),
        ),
        Operation(
            method="POST",
            path="/v1/products/{product_id}/merge",
            name="merge_product_again",
            summary="Merge the sources of a product by the rule of today",
            tag="Products",
            roles=OPERATOR,
            handle=merge_again,
            answer=Product,
            errors=(ProductUnknown,),
        ),
    )


def _rule(*, sources: ProductSources) -> tuple[Operation, ...]:
    async def get_rule(_: Request) -> Answer:
        return Answer(value=await sources.rule())

    async def set_rule(request: Request) -> Answer:
        rule: MergeRule = request.body
        return Answer(value=await sources.set_rule(rule=rule, context=request.context))

    return (
        Operation(
            method="GET",
            path="/v1/product-merge-rule",
            name="get_product_merge_rule",
            summary="Read which source wins for which fact",
            tag="Products",
            roles=OPERATOR,
            handle=get_rule,
            answer=KeptMergeRule,
        ),
        Operation(
            method="PUT",
            path="/v1/product-merge-rule",
            name="set_product_merge_rule",
            summary="Set which source wins for which fact",
            description="Holds for every product from its next change on.",
            tag="Products",
            roles=OPERATOR,
            handle=set_rule,
            body=MergeRule,
            answer=KeptMergeRule,
            errors=(FactUnknown,),
        ),
    )
