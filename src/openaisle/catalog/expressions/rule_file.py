"""The file of an operator's own product rules: TOML, read with every mistake explained. Pure; no I/O."""

from __future__ import annotations

import tomllib
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from openaisle.catalog.expressions.parsing import ATTRIBUTE_NAME, ExpressionInvalid, parse_expression
from openaisle.catalog.expressions.rules import ExpressionRule, MessageUnfit, RuleExample, message_sql
from openaisle.catalog.expressions.tree import FACTS, Kind
from openaisle.catalog.issues import IssueCode, Severity
from openaisle.kernel.errors import Finding, OpenAisleError

RULES_MAXIMUM = 300
BYTES_MAXIMUM = 2_000_000
_Text = Annotated[str, Meta(min_length=1, max_length=300)]


class ProductRulesInvalid(OpenAisleError):
    """The file of product rules is no TOML, or a rule in it cannot be used; no rule of it is in force."""

    code = "product-rules-invalid"
    title = "The product rules cannot be used"
    mend = "Correct the rules named in findings; docs/how-to/write-product-rules.md shows how they are written."


class _Example(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    finds: bool
    facts: dict[str, str | int] = {}
    attributes: dict[str, str] = {}


class _Rule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    code: Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{1,58}[a-z0-9]\Z")]
    when: str
    message: _Text
    field: Annotated[str, Meta(min_length=1, max_length=100)]
    severity: Severity = Severity.WARNING
    doubtful: bool = False
    suggestion: _Text | None = None
    within: Annotated[str, Meta(max_length=500)] = ""
    examples: Annotated[tuple[_Example, ...], Meta(max_length=20)] = ()


class _File(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    rules: Annotated[tuple[dict[str, Any], ...], Meta(max_length=RULES_MAXIMUM)] = ()


def read_rules(*, text: str, source: str) -> tuple[ExpressionRule, ...]:
    """Return the rules that a TOML text states; ``source`` names it in messages. Raises ProductRulesInvalid."""
    try:
        document = tomllib.loads(text)
        file = msgspec.convert(document, _File)
    except tomllib.TOMLDecodeError as error:
        raise ProductRulesInvalid(detail=f"{source} is no TOML: {error}.") from None
    except RecursionError:
        raise ProductRulesInvalid(detail=f"{source} is nested too deeply.") from None
    except msgspec.ValidationError as error:
        raise ProductRulesInvalid(detail=f"{source}: {error}.") from None
    findings: list[Finding] = []
    rules: dict[str, ExpressionRule] = {}
    for number, given in enumerate(file.rules, start=1):
        name = str(given.get("code", ""))[:60] or f"rule {number}"
        try:
            rule = _rule(given)
        except _RuleUnfit as unfit:
            findings.append(Finding(pointer=f"{name}.{unfit.key}" if unfit.key else name, detail=unfit.told))
            continue
        if rule.code in rules:
            findings.append(Finding(pointer=name, detail="Another rule has this code."))
        rules[rule.code] = rule
    if findings:
        told = f"{source}: {len(findings)} of {len(file.rules)} rules cannot be used; "
        raise ProductRulesInvalid(detail=f"{told}{findings[0].pointer}: {findings[0].detail}", findings=findings)
    return tuple(rules.values())


class _RuleUnfit(Exception):
    def __init__(self, key: str, told: str) -> None:
        super().__init__(told)
        self.key = key
        self.told = told


def _rule(given: dict[str, Any]) -> ExpressionRule:
    try:
        rule = msgspec.convert(given, _Rule)
    except msgspec.ValidationError as error:
        told, _, place = str(error).partition(" - at `$")
        raise _RuleUnfit(place.rstrip("`").lstrip("."), told.replace("Object", "The rule") + ".") from None
    if rule.code in set(IssueCode):
        raise _RuleUnfit("code", "OpenAisle has an issue of this code already; choose another.")
    if rule.doubtful and rule.severity is Severity.ERROR:
        raise _RuleUnfit("doubtful", "An error rejects the product; a doubtful one is a warning.")
    if rule.field not in FACTS and ATTRIBUTE_NAME.fullmatch(rule.field) is None:
        raise _RuleUnfit("field", "It names neither a fact nor an attribute.")
    try:
        when = parse_expression(text=rule.when)
        message_sql(message=rule.message)
    except ExpressionInvalid as error:
        raise _RuleUnfit("when", error.detail) from None
    except MessageUnfit as error:
        raise _RuleUnfit("message", f"{error}.") from None
    return ExpressionRule(
        code=rule.code,
        field=rule.field,
        severity=rule.severity,
        when=when,
        written=rule.when.strip(),
        message=rule.message,
        suggestion=rule.suggestion,
        doubtful=rule.doubtful,
        within=" ".join(rule.within.split()),
        examples=tuple(_example(number, one) for number, one in enumerate(rule.examples, start=1)),
    )


def _example(number: int, given: _Example) -> RuleExample:
    for name, value in given.facts.items():
        if name not in FACTS:
            raise _RuleUnfit("examples", f"In example {number}, {name[:60]!r} is no fact.")
        if isinstance(value, str) is not (FACTS[name] is Kind.TEXT) or (isinstance(value, int) and abs(value) >= 2**63):
            raise _RuleUnfit("examples", f"In example {number}, {name} is a {FACTS[name]}.")
    return RuleExample(finds=given.finds, facts=given.facts, attributes=given.attributes)
