"""An operator's rule: an expression with what is told to the supplier where it holds."""

from __future__ import annotations

import re
from collections.abc import Mapping

import msgspec

from openaisle.catalog.expressions.parsing import ATTRIBUTE_NAME
from openaisle.catalog.expressions.rendering import category_within_sql, expression_sql
from openaisle.catalog.expressions.tree import FACTS, Node
from openaisle.catalog.issues import Severity
from openaisle.catalog.table_rules import TableRule, attribute_sql
from openaisle.kernel.tabular import quoted_name, quoted_text

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_ATTRIBUTE_PREFIX = "attribute."
_SHOWN_CHARACTERS = 80


class MessageUnfit(Exception):
    """A message holds a placeholder that names no fact."""


class RuleExample(msgspec.Struct, frozen=True, kw_only=True):
    """A product, by the facts that matter, and whether the rule finds it; facts that are left out are missing."""

    finds: bool
    facts: Mapping[str, str | int] = {}
    attributes: Mapping[str, str] = {}


class ExpressionRule(msgspec.Struct, frozen=True, kw_only=True):
    """A rule of the operator's own: it finds the products of which ``when`` is true.

    ``message`` may name facts in braces, ``{title}`` or ``{attribute.color}``, and shows them as they are.
    ``within`` is the path of the category it is about, empty for all.
    """

    code: str
    field: str
    severity: Severity
    when: Node
    written: str
    message: str
    suggestion: str | None = None
    doubtful: bool = False
    within: str = ""
    examples: tuple[RuleExample, ...] = ()

    def table_rule(self) -> TableRule:
        """Return the rule as it is evaluated over whole tables."""
        return TableRule(
            code=self.code,
            field=self.field,
            severity=self.severity,
            where_sql=expression_sql(self.when),
            message_sql=message_sql(message=self.message),
            scope_sql=category_within_sql(path=self.within) if self.within else "",
            suggestion=self.suggestion,
            doubtful=self.doubtful,
        )


def message_sql(*, message: str) -> str:
    """Return the SQL of a message with the facts it names; raises MessageUnfit."""
    pieces = []
    for position, piece in enumerate(_PLACEHOLDER.split(message)):
        if position % 2:
            shown = f"left(CAST({_named_sql(piece)} AS VARCHAR), {_SHOWN_CHARACTERS})"
            pieces.append(f"coalesce({shown}, 'nothing')")
        elif "{" in piece or "}" in piece:
            raise MessageUnfit("a brace stands alone; {title} shows the title")
        elif piece:
            pieces.append(quoted_text(piece))
    return f"concat({', '.join(pieces)})" if pieces else "''"


def _named_sql(name: str) -> str:
    attribute = name.removeprefix(_ATTRIBUTE_PREFIX)
    if name in FACTS:
        return quoted_name(name)
    if name.startswith(_ATTRIBUTE_PREFIX) and ATTRIBUTE_NAME.fullmatch(attribute) is not None:
        return attribute_sql(name=attribute)
    raise MessageUnfit(f"{{{name[:60]}}} is no fact; name one of {', '.join(FACTS)}, or attribute.color")
