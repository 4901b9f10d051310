"""All rules over tables that are in force: those of schemas, of the operator's file, and of plug-ins."""

from __future__ import annotations

from collections.abc import Sequence

from openaisle.catalog.schemas.queries import SchemaQueries
from openaisle.catalog.table_rules import TableRule


class RuleBook:
    """Gathers the rules for each evaluation; schemas may change between two of them, installed rules do not."""

    def __init__(self, *, schemas: SchemaQueries, installed: Sequence[TableRule]) -> None:
        """Take the queries of schemas, and the rules of the file and of plug-ins."""
        self._schemas = schemas
        self._installed = tuple(installed)

    async def rules(self) -> tuple[TableRule, ...]:
        """Return the rules in force, those of schemas first."""
        return (*await self._schemas.rules(), *self._installed)
