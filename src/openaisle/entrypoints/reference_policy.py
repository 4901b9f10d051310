"""The reference of the policy file: every setting with its meaning, unit, default and law, derived from its type."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, get_args, get_type_hints

import msgspec

from openaisle.suppliers.policy import Deadlines, LifePolicy, Lists, PictureStandard, TermsPolicy, Thresholds
from openaisle.suppliers.policy_file import standard_policy_text
from openaisle.suppliers.policy_mistakes import allowed_values
from openaisle.suppliers.requirements import Requirement, Section, facts_of_section
from openaisle.suppliers.review_settings import ReviewLevel, ReviewSettings

_SECTIONS: tuple[tuple[str, type[Any]], ...] = (
    ("[thresholds]", Thresholds),
    ("[pictures]", PictureStandard),
    ("[deadlines]", Deadlines),
    ("[life]", LifePolicy),
    ("[terms]", TermsPolicy),
    ("[reviews]", ReviewSettings),
    ("[[reviews.service_levels]]", ReviewLevel),
    ("[[requirements]]", Requirement),
    ("[lists]", Lists),
)

_HEAD = """\
# Verification policy

What an operator decides about suppliers stands in one TOML file: which [check](verification-checks.md) is asked of
whom and what follows when one does not pass, what an application must tell, how reviews run, how long things take, and
how new terms come into force. It is `verification-policy.toml` in the marketplace's home, or the file that the setting
`verification_policy_file` names. Without one the standard policy below holds; what a file leaves out is as in the
standard policy, so that a file of an earlier version goes on to work.

- `openaisle policy show --standard` prints the standard policy, to copy and edit.
- `openaisle policy check FILE` reads a file and explains every mistake: the file, the line, the key, and what is
  allowed. It also names rules for checks that are not installed.
- `openaisle policy show` prints the policy in force, with its digest.

A file with a mistake is used in no part: processes do not start with it. They read it when they start, so restart all
of them after a change. Each verdict keeps the policy's `version` and its digest, 16 characters that change with
everything the policy says and not with its comments. Verdicts, tasks and clocks stay as they are when the policy
changes; the new one holds for what comes next.

An example: in Costa Rica a supplier that ships what the operator sells is asked to mend a wrong registration number
instead of being rejected, every German supplier hands in two documents, and names its tax id before it applies.

```toml
[[exceptions]]
countries = ["CR"]
business_models = ["drop_ship"]
[exceptions.checks.registration_number]
on_fail = "ask"
on_inconclusive = "review"

[[documents]]
kinds = ["register_extract", "bank_statement"]
countries = ["DE"]

[[requirements]]
section = "tax"
field = "tax_id"
message = "The tax id, as it stands on the certificate."
countries = ["DE"]
```

A file that names any `[[requirements]]` names them all: copy those of the standard policy and add to them. They hold
back an application in steps; one that is sent at once is verified as it is, and told what it lacks.

Service levels, escalation and four eyes hold for every review task; `four_eyes` names facts of suppliers.

## Every setting

`version`, `on_failure`, `otherwise`, `checks`, `exceptions` and `documents` are explained by the comments of the
standard policy below.

| setting | value | default | meaning | law |
|---|---|---|---|---|
"""

_KINDS = {"str": "text", "int": "whole number", "float": "number", "bool": "true or false"}


_ORDER_HEAD = """\
# Order policy

What an operator decides about orders and what follows them stands in one TOML file: `order-policy.toml` in the
marketplace's home, or the file that the setting `order_policy_file` names. Each room that follows an order has a
section; what a file leaves out is as below.

- `openaisle policy check-orders FILE` reads a file and explains its first mistake.

A file with a mistake is used in no part: processes do not start with it. They read it when they start, so restart all
of them after a change.

| setting | value | default | meaning | law |
|---|---|---|---|---|
"""


def order_policy_page(*, sections: type[msgspec.Struct], derived: str) -> str:
    """Return the page of the order policy, whose ``sections`` are the fields of that type."""
    hints = get_type_hints(sections)
    rows = "".join(f"{row}\n" for name, kind in hints.items() for row in _rows(f"[{name}]", kind))
    return f"{_ORDER_HEAD}{rows}\n{derived}\n"


def policy_page(*, derived: str) -> str:
    """Return the page of the policy; ``derived`` is the sentence that says where it comes from."""
    rows = "".join(f"{row}\n" for heading, kind in _SECTIONS for row in _rows(heading, kind))
    facts = "".join(
        f"- `{section.value}`: {', '.join(f'`{field}`' for field in facts_of_section(section=section))}\n"
        for section in Section
        if facts_of_section(section=section)
    )
    return (
        f"{_HEAD}{rows}\nFacts that a requirement may ask for, by section:\n\n{facts}\n"
        f"## The standard policy\n\n```toml\n{standard_policy_text().rstrip()}\n```\n\n{derived}\n"
    )


def _rows(heading: str, kind: type[Any]) -> Iterator[str]:
    hints = get_type_hints(kind, include_extras=True)
    for field in msgspec.structs.fields(kind):
        meta = next(
            (one for one in get_args(hints[field.name]) if isinstance(one, msgspec.Meta) and one.description), None
        )
        nested = hints[field.name]
        if isinstance(nested, type) and issubclass(nested, msgspec.Struct):
            yield from _rows(f"{heading.removesuffix(']')}.{field.name}]", nested)
            continue
        if meta is None:
            # A list of tables, which has rows of its own.
            continue
        extra = meta.extra or {}
        declared = get_args(hints[field.name])[0]
        value = " ".join(part for part in (allowed_values(declared=hints[field.name]), extra.get("unit", "")) if part)
        default = "needed" if field.required else f"`{_as_toml(field.default)}`"
        cells = (
            f"`{heading}` `{field.name}`",
            value or _KINDS.get(getattr(declared, "__name__", ""), "list of texts"),
            default,
            meta.description or "",
            extra.get("law") or "the operator's choice",
        )
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _as_toml(value: object) -> str:
    return msgspec.json.encode(value).decode().replace('","', '", "')
