"""The reference documents that are derived from the code, as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
import typer

from openaisle.bootstrap.order_policy import OrderPolicies
from openaisle.entrypoints.cli.exits import EXPLANATIONS
from openaisle.entrypoints.http.openapi import errors_of, first_sentence
from openaisle.entrypoints.http.pages import explanation_of, named_errors
from openaisle.entrypoints.reference_mails import mail_templates_page
from openaisle.entrypoints.reference_policy import order_policy_page, policy_page
from openaisle.entrypoints.reference_roles import roles_page
from openaisle.entrypoints.reference_settings import setting_facts
from openaisle.entrypoints.reference_x12 import x12_page
from openaisle.entrypoints.supplier_openapi import supplier_openapi
from openaisle.kernel.http import Operation
from openaisle.kernel.records import Event

_DERIVED = (
    "This page is derived from the code by `python -m openaisle.entrypoints.cli reference`; a test fails when it lags."
)

_SETTINGS_HEAD = """\
# Settings

Settings come from three places; a later one goes over an earlier one:

1. a TOML file: the one of `--config`, else the one that `OPENAISLE_CONFIG` names, else `openaisle.toml` in the
   working directory where it exists;
2. environment variables: `OPENAISLE_` and the name of the setting in capitals; lists are separated by commas;
3. options of the command, such as `--port`.

A setting that is unknown, of the wrong type or out of its range stops the start with its name and exit code 3.

| setting | variable | value | default | meaning |
|---|---|---|---|---|"""

_ERRORS_HEAD = """\
# Errors

Every error is answered as `application/problem+json` ([RFC 9457](https://www.rfc-editor.org/rfc/rfc9457)):

| field | meaning |
|---|---|
| `type` | `/problems/<code>`, a page of the running marketplace that explains the condition |
| `code` | the condition, stable, made for programs |
| `title`, `status` | the condition in words, and the HTTP status |
| `detail` | what happened this time |
| `mend` | what to do |
| `findings` | the places of the request: `pointer` (JSON Pointer into the body, or a parameter), `detail`, `code` |
| `instance` | the path of the request |
| `correlation_id` | finds the request in the operator's logs; also the header `X-Correlation-Id` |

A status of 502, 503 or 504 may go away by itself: wait the seconds of `Retry-After` where it is given.

| code | status | title | when | what to do |
|---|---|---|---|---|"""

_EVENTS_HEAD = """\
# Events

Every step of the marketplace is an event. Webhook endpoints are told of them as
[CloudEvents](https://cloudevents.io): `type` is the name below, `data` holds the fields. Every event's data also has
`storefront_id` and `supplier_id`, the outside parties that it concerns, or null.

| type | what happened | data |
|---|---|---|"""

_EVENT_BASE = frozenset(field.name for field in msgspec.structs.fields(Event))

_API_HEAD = """\
# HTTP API

A running marketplace describes its API at `/openapi.json` (OpenAPI 3.1) and shows it at `/docs`.

- Send your key as `Authorization: Bearer oa_…`. It is refused with 401 if it is missing or unknown, with 403 if its
  role may not call the operation.
- Bodies are JSON in UTF-8 (`Content-Type: application/json`); unknown fields are refused.
- Amounts are whole minor units, times RFC 3339 in UTC.
- Operations marked with a key (🔑) ask for the header `Idempotency-Key`: a repetition with the same key and body gets
  the same answer and acts once.
- Lists answer a page and `next_after`; send it as `after` for the next page. It is null on the last page.
- Every error is a [problem](errors.md)."""


def reference_pages(
    *, operations: Sequence[Operation], events: Sequence[type[Event]], command_line: typer.Typer
) -> dict[str, str]:
    """Return the text of each derived page by its file name."""
    return {
        "settings.md": settings_page(),
        "errors.md": errors_page(),
        "api.md": api_page(operations=operations),
        "events.md": events_page(events=events),
        "cli.md": command_line_page(command_line=command_line),
        "verification-policy.md": policy_page(derived=_DERIVED),
        "order-policy.md": order_policy_page(sections=OrderPolicies, derived=_DERIVED),
        "mail-templates.md": _joined([mail_templates_page(), _DERIVED]),
        "roles.md": roles_page(operations=operations, derived=_DERIVED),
        "x12.md": x12_page(derived=_DERIVED),
        "supplier-openapi.json": msgspec.json.format(msgspec.json.encode(supplier_openapi()), indent=2).decode() + "\n",
    }


def settings_page() -> str:
    """Return the page of all settings."""
    lines = [_SETTINGS_HEAD]
    for facts in setting_facts():
        default = f"`{facts.default}`" if facts.default else "none"
        lines.append(f"| `{facts.name}` | `{facts.variable}` | {facts.kind} | {default} | {_cell(facts.explanation)} |")
    return _joined([*lines, "", _DERIVED])


def errors_page() -> str:
    """Return the page of all named errors."""
    lines = [_ERRORS_HEAD]
    for error in named_errors():
        cells = (f"`{error.code}`", str(error.status), error.title, explanation_of(error), error.mend)
        lines.append("| " + " | ".join(_cell(cell) for cell in cells) + " |")
    return _joined([*lines, "", _DERIVED])


def api_page(*, operations: Sequence[Operation]) -> str:
    """Return the page of all operations."""
    lines = [_API_HEAD]
    for tag in dict.fromkeys(operation.tag for operation in operations):
        lines += ["", f"## {tag}", "", "| operation | for | does | own errors |", "|---|---|---|---|"]
        for operation in operations:
            if operation.tag == tag:
                lines.append(_operation_row(operation))
    return _joined([*lines, "", _DERIVED])


def _operation_row(operation: Operation) -> str:
    roles = ", ".join(sorted(role.value for role in operation.roles)) or "anyone"
    key = " 🔑" if operation.idempotency_key else ""
    told = operation.summary + (f". {operation.description}" if operation.description else "")
    own = {error.code for error in operation.errors}
    listed = ", ".join(f"`{error.code}`" for error in errors_of(operation=operation) if error.code in own)
    cells = (f"`{operation.method} {operation.path}`{key}", roles, told, listed)
    return "| " + " | ".join(_cell(cell) for cell in cells) + " |"


def events_page(*, events: Sequence[type[Event]]) -> str:
    """Return the page of all events."""
    lines = [_EVENTS_HEAD]
    for event in sorted(events, key=lambda one: one.TYPE):
        names = [field.name for field in msgspec.structs.fields(event) if field.name not in _EVENT_BASE]
        cells = (f"`{event.TYPE}`", first_sentence(event.__doc__ or ""), ", ".join(f"`{name}`" for name in names))
        lines.append("| " + " | ".join(_cell(cell) for cell in cells) + " |")
    return _joined([*lines, "", _DERIVED])


def command_line_page(*, command_line: typer.Typer) -> str:
    """Return the page of all commands and exit codes."""
    root: Any = typer.main.get_command(command_line)
    lines = ["# Command line", "", str(root.help).strip(), "", "Options before the command:", ""]
    lines += _parameter_lines(root)
    for name, command in _visible_commands(root):
        lines += ["", f"## `openaisle {name}`", "", first_sentence(command.help or "")]
        parameters = list(_parameter_lines(command))
        if parameters:
            lines += ["", *parameters]
    lines += ["", "## Exit codes", "", "| code | meaning |", "|---|---|"]
    lines += [f"| {code.value} | {explanation} |" for code, explanation in EXPLANATIONS.items()]
    return _joined([*lines, "", _DERIVED])


def _visible_commands(group: Any, prefix: str = "") -> Iterable[tuple[str, Any]]:  # noqa: ANN401 - click's own types
    for name, command in group.commands.items():
        if command.hidden:
            continue
        if hasattr(command, "commands"):
            yield from _visible_commands(command, f"{prefix}{name} ")
        else:
            yield f"{prefix}{name}", command


def _parameter_lines(command: Any) -> Iterable[str]:  # noqa: ANN401 - click's own types
    for parameter in command.params:
        if parameter.name == "help":
            continue
        if parameter.param_type_name == "argument":
            yield f"- `{parameter.name.upper()}`: {getattr(parameter, 'help', None) or 'needed.'}"
        else:
            names = ", ".join(f"`{name}`" for name in (*parameter.opts, *parameter.secondary_opts))
            yield f"- {names}: {parameter.help or ''}"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _joined(lines: Iterable[str]) -> str:
    return "\n".join(lines) + "\n"
