"""The product rules of an installation beside those of schemas: the operator's file, and plug-ins.

A plug-in is a function under the entry point group ``openaisle.product_rules`` that returns rules over tables. Each
rule is tried on an empty table before it is used; a plug-in that is broken is named and left out.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from importlib.metadata import EntryPoint, entry_points

import msgspec

from openaisle.catalog.expressions.examples import FACTS_TABLE, facts_table_sql, failed_examples
from openaisle.catalog.expressions.rule_file import BYTES_MAXIMUM, ProductRulesInvalid, read_rules
from openaisle.catalog.expressions.rules import ExpressionRule
from openaisle.catalog.issues import IssueCode
from openaisle.catalog.policy_rules import PolicyIssue
from openaisle.catalog.schemas.rules import SchemaIssue
from openaisle.catalog.table_rules import TableRule
from openaisle.config import Settings
from openaisle.kernel.tabular import Workbench, Workbenches

GROUP = "openaisle.product_rules"
_CODE = re.compile(r"[a-z][a-z0-9_]{1,59}")
_RULES_MAXIMUM = 500


class ProductRulePlugIn(msgspec.Struct, frozen=True, kw_only=True):
    """One entry point: the package it is from, the codes of its rules, and why it is left out, if it is."""

    entry_point: str
    package: str
    codes: tuple[str, ...] = ()
    problem: str | None = None


class InstalledProductRules(msgspec.Struct, frozen=True, kw_only=True):
    """The rules of the file and of plug-ins that can be used, and what was found of each plug-in."""

    written: tuple[ExpressionRule, ...]
    of_plug_ins: tuple[TableRule, ...]
    plug_ins: tuple[ProductRulePlugIn, ...]

    def table_rules(self) -> tuple[TableRule, ...]:
        """Return all of them, as they are evaluated over tables."""
        return (*(one.table_rule() for one in self.written), *self.of_plug_ins)


def installed_product_rules(
    *, settings: Settings, workbenches: Workbenches, plug_ins: bool = True
) -> InstalledProductRules:
    """Return the rules of this installation, without ``plug_ins`` those of the operator's file alone.

    Raises ProductRulesInvalid for the file. Blocks.
    """
    written = written_rules(settings=settings)
    taken = {*IssueCode, *SchemaIssue, *PolicyIssue, *(one.code for one in written)}
    points = sorted(entry_points(group=GROUP), key=lambda one: one.name) if plug_ins else []
    if not points and not written:
        return InstalledProductRules(written=(), of_plug_ins=(), plug_ins=())
    with workbenches.open() as workbench:
        workbench.run(sql=facts_table_sql())
        failed = failed_examples(rules=written, workbench=workbench)
        if failed:
            raise ProductRulesInvalid(detail=" ".join(failed))
        rules: list[TableRule] = []
        found = [_plug_in(point, taken=taken, rules=rules, workbench=workbench) for point in points]
    return InstalledProductRules(written=written, of_plug_ins=tuple(rules), plug_ins=tuple(found))


def written_rules(*, settings: Settings) -> tuple[ExpressionRule, ...]:
    """Return the rules of the operator's file, none where there is no file; raises ProductRulesInvalid."""
    file = settings.rules_file
    if not settings.product_rules_file and not file.exists():
        return ()
    try:
        if file.stat().st_size > BYTES_MAXIMUM:
            raise ProductRulesInvalid(detail=f"{file} has more than {BYTES_MAXIMUM:,} bytes.")
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ProductRulesInvalid(detail=f"There is no file {file}.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ProductRulesInvalid(detail=f"{file} cannot be read: {error}.") from None
    return read_rules(text=text, source=file.name)


def _plug_in(point: EntryPoint, *, taken: set[str], rules: list[TableRule], workbench: Workbench) -> ProductRulePlugIn:
    package = point.dist.name if point.dist is not None else point.value
    try:
        made = _made(point, taken=taken, workbench=workbench)
    # A stranger's module may raise anything when it is loaded, also what ends programs; it must stop nobody.
    except (Exception, SystemExit) as error:  # noqa: BLE001
        problem = f"{type(error).__name__}: {error}"[:300]
        return ProductRulePlugIn(entry_point=point.name, package=package, problem=problem)
    rules.extend(made)
    taken.update(one.code for one in made)
    return ProductRulePlugIn(entry_point=point.name, package=package, codes=tuple(one.code for one in made))


def _made(point: EntryPoint, *, taken: set[str], workbench: Workbench) -> Sequence[TableRule]:
    found: object = list(point.load()())
    # Converted there and back, because nothing else has looked at the types of what a stranger's function returns.
    made = msgspec.convert(msgspec.to_builtins(found), list[TableRule])
    if len(made) > _RULES_MAXIMUM:
        message = f"it has more than {_RULES_MAXIMUM} rules"
        raise ValueError(message)
    for rule in made:
        if not _CODE.fullmatch(rule.code):
            message = f"the code {rule.code!r} is not of small letters, digits and underscores"
            raise ValueError(message)
        if rule.code in taken:
            message = f"there is another issue or rule {rule.code}"
            raise ValueError(message)
        _try(rule, workbench=workbench)
    if len({rule.code for rule in made}) < len(made):
        message = "two of its rules have one code"
        raise ValueError(message)
    return made


def _try(rule: TableRule, *, workbench: Workbench) -> None:
    # The SQL of an installed package is code of the installation: what matters is that it stops no feed.
    scope = f"SELECT {rule.scope_sql or 'true'} FROM (SELECT category FROM {FACTS_TABLE})"  # noqa: S608
    found = f"SELECT CASE WHEN {rule.where_sql} THEN ({rule.message_sql})::VARCHAR END FROM {FACTS_TABLE}"  # noqa: S608
    workbench.run(sql=scope)
    workbench.run(sql=found)
