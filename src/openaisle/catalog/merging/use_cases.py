"""The operator's own word on a product, and the rule by which sources win."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import get_type_hints

import msgspec

from openaisle.catalog.merging.errors import FactUnknown
from openaisle.catalog.merging.events import ProductFactsSet, ProductMergeRuleChanged
from openaisle.catalog.merging.model import (
    ATTRIBUTE_PREFIX,
    CONTRIBUTED_FIELDS,
    OPERATOR_SOURCE,
    Contribution,
    MergeRule,
    Value,
    contribution_of,
    merged,
    original_contribution,
)
from openaisle.catalog.merging.repository import (
    CONTRIBUTIONS,
    MERGE_RULES,
    KeptMergeRule,
    contributions_to,
    kept_merge_rule,
)
from openaisle.catalog.model import Product
from openaisle.catalog.queries import CatalogQueries
from openaisle.catalog.repository import PRODUCTS
from openaisle.kernel.context import Context
from openaisle.kernel.records import Versioned, decided_anew
from openaisle.kernel.table import Table, Write

_ATTRIBUTE_NAME_LENGTH_MAXIMUM = 100
_TYPES = get_type_hints(Product)


class ProductSources:
    """What the sources of a product say, and whose word counts."""

    def __init__(self, *, table: Table, queries: CatalogQueries) -> None:
        """Take the table and the queries of the catalog."""
        self._table = table
        self._queries = queries

    async def sources(self, *, product_id: str) -> tuple[Product, list[Contribution]]:
        """Return a product and what each of its sources says; raises ProductUnknown."""
        product = (await self._queries.product(product_id=product_id)).record
        known = await contributions_to(table=self._table, product_id=product_id)
        said = [one.record for one in known] or [original_contribution(product=product)]
        return product, sorted(said, key=lambda one: (one.source != OPERATOR_SOURCE, one.joined_at, one.source))

    async def set_facts(self, *, product_id: str, values: Mapping[str, Value | None], context: Context) -> Product:
        """Let the operator's word stand for some facts; None gives a fact back to the suppliers.

        Raises ProductUnknown and FactUnknown.
        """
        for field, value in values.items():
            _require_known(field=field)
            _require_typed(field=field, value=value)

        async def attempt() -> Product:
            found = await self._queries.product(product_id=product_id)
            known = {one.record.source: one for one in await contributions_to(table=self._table, product_id=product_id)}
            writes: list[Write] = []
            if not known:
                original = original_contribution(product=found.record)
                known[original.source] = Versioned(original, 0)
                writes.append(CONTRIBUTIONS.create(original))
            own = known.get(OPERATOR_SOURCE)
            said = dict(own.record.values) if own else {}
            said |= values
            word = contribution_of(
                product_id=product_id,
                source=OPERATOR_SOURCE,
                values={field: value for field, value in said.items() if value is not None},
                before=own.record if own else None,
                at=context.at,
            )
            if own is not None and word is own.record:
                return found.record
            writes.append(CONTRIBUTIONS.replace(word, version=own.version) if own else CONTRIBUTIONS.create(word))
            others = [one.record for source, one in known.items() if source != OPERATOR_SOURCE]
            after = await self._remerged(product=found.record, contributions=[*others, word], context=context)
            event = ProductFactsSet(product_id=product_id, fields=sorted(values))
            writes.append(PRODUCTS.replace(after, version=found.version, events=[event]))
            await self._table.commit(writes=writes, context=context)
            return after

        return await decided_anew(attempt)

    async def merge_again(self, *, product_id: str, context: Context) -> Product:
        """Merge a product by the rule of today; returns it. Raises ProductUnknown."""

        async def attempt() -> Product:
            found = await self._queries.product(product_id=product_id)
            known = await contributions_to(table=self._table, product_id=product_id)
            if not known:
                return found.record
            after = await self._remerged(
                product=found.record, contributions=[one.record for one in known], context=context
            )
            if after != found.record:
                await self._table.commit(writes=[PRODUCTS.replace(after, version=found.version)], context=context)
            return after

        return await decided_anew(attempt)

    async def rule(self) -> KeptMergeRule:
        """Return the rule in force."""
        return (await kept_merge_rule(table=self._table)).record

    async def set_rule(self, *, rule: MergeRule, context: Context) -> KeptMergeRule:
        """Set the rule; it holds for every product from its next change on, or at once by ``merge_again``.

        Raises FactUnknown for a rule of a fact that products do not have.
        """
        for field in rule.fields:
            if field != "attributes":
                _require_known(field=field)

        async def attempt() -> KeptMergeRule:
            found = await kept_merge_rule(table=self._table)
            if found.record.rule == rule and found.version:
                return found.record
            kept = KeptMergeRule(
                rule=rule,
                revision=found.record.revision + 1,
                changed_at=context.at,
                changed_by=context.principal.subject_id,
            )
            event = ProductMergeRuleChanged(revision=kept.revision)
            write = (
                MERGE_RULES.replace(kept, version=found.version, events=[event])
                if found.version
                else MERGE_RULES.create(kept, events=[event])
            )
            await self._table.commit(writes=[write], context=context)
            return kept

        return await decided_anew(attempt)

    async def _remerged(self, *, product: Product, contributions: Sequence[Contribution], context: Context) -> Product:
        rule = (await kept_merge_rule(table=self._table)).record.rule
        counted = msgspec.structs.replace(product, source_count=len(contributions))
        return merged(product=counted, contributions=contributions, rule=rule, at=context.at)


def _require_typed(*, field: str, value: Value | None) -> None:
    kind = str if field.startswith(ATTRIBUTE_PREFIX) else _TYPES[field]
    try:
        msgspec.convert(value, kind | None)
    except msgspec.ValidationError as error:
        raise FactUnknown(detail=f"The fact {field} has the wrong type: {error}.") from None


def _require_known(*, field: str) -> None:
    attribute = field.removeprefix(ATTRIBUTE_PREFIX)
    if attribute != field:
        known = 0 < len(attribute) <= _ATTRIBUTE_NAME_LENGTH_MAXIMUM
    else:
        known = field in CONTRIBUTED_FIELDS and field != "attributes"
    if not known:
        raise FactUnknown(detail=f"Products have no fact {field[:80]!r}.")
