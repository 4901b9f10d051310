"""``openaisle keys``: issue, list and revoke API keys without having one."""

from __future__ import annotations

import asyncio
import secrets
from typing import Annotated

import typer

from openaisle.config import Settings
from openaisle.entrypoints.cli.application import settings_of
from openaisle.entrypoints.cli.output import JsonOption, print_json, print_line, print_table
from openaisle.kernel.context import Role
from openaisle.kernel.permissions import UserRole

RoleOption = Annotated[Role, typer.Option(help="Whom the key is for: operator, supplier or storefront.")]
SubjectOption = Annotated[
    str, typer.Option(help="The supplier's or storefront's identifier, or the operator's staff member.")
]
UserRoleOption = Annotated[UserRole | None, typer.Option(help="Limits the key to what a person of that role may do.")]
LabelOption = Annotated[str, typer.Option(help="What the key is used for.")]


def register(*, application: typer.Typer) -> None:
    """Add the commands."""
    keys = typer.Typer(help="Issue, list and revoke API keys.", no_args_is_help=True)
    application.add_typer(keys, name="keys")

    @keys.command("issue")
    def issue(
        context: typer.Context,
        *,
        role: RoleOption = Role.OPERATOR,
        subject: SubjectOption = "operator",
        label: LabelOption = "issued on the command line",
        user_role: UserRoleOption = None,
        as_json: JsonOption = False,
    ) -> None:
        """Issue a key; its text is shown only this once."""
        settings = settings_of(context=context)
        asyncio.run(
            _issue(settings=settings, role=role, subject=subject, label=label, user_role=user_role, as_json=as_json)
        )

    @keys.command("list")
    def listed(context: typer.Context, *, as_json: JsonOption = False) -> None:
        """List all keys, without their secrets."""
        asyncio.run(_list(settings=settings_of(context=context), as_json=as_json))

    @keys.command("revoke")
    def revoke(context: typer.Context, key_id: str, *, as_json: JsonOption = False) -> None:
        """Revoke a key; it is refused from the next request on."""
        asyncio.run(_revoke(settings=settings_of(context=context), key_id=key_id, as_json=as_json))


async def _issue(
    *, settings: Settings, role: Role, subject: str, label: str, user_role: UserRole | None, as_json: bool
) -> None:
    from openaisle.bootstrap import open_marketplace
    from openaisle.kernel.context import system_context

    async with open_marketplace(settings=settings) as marketplace:
        context = system_context(name="command-line", at=marketplace.clock.now(), correlation_id=secrets.token_hex(16))
        record, text = await marketplace.rooms.api_keys.issue(
            role=role, subject_id=subject, label=label, context=context, user_role=user_role
        )
    if as_json:
        print_json({"key_id": record.key_id, "role": role, "subject_id": subject, "api_key": text})
    else:
        print_line(f"{text}\n\nKeep it now: it is not shown again. It speaks for the {role.value} {subject}.")


async def _list(*, settings: Settings, as_json: bool) -> None:
    from openaisle.bootstrap import open_marketplace

    async with open_marketplace(settings=settings) as marketplace:
        found = []
        after: str | None = None
        while True:
            page = await marketplace.rooms.api_key_queries.listed(after=after, limit=500)
            found += page.api_keys
            after = page.next_after
            if after is None:
                break
    if as_json:
        print_json({"api_keys": found})
        return
    rows = [
        (
            key.key_id,
            key.role.value,
            key.subject_id,
            key.label,
            f"…{key.last_four}",
            f"{key.issued_at:%Y-%m-%d %H:%M}",
            f"{key.revoked_at:%Y-%m-%d %H:%M}" if key.revoked_at else "",
        )
        for key in found
    ]
    print_table(
        title="API keys", columns=("key", "role", "subject", "label", "ends in", "issued", "revoked"), rows=rows
    )


async def _revoke(*, settings: Settings, key_id: str, as_json: bool) -> None:
    from openaisle.bootstrap import open_marketplace
    from openaisle.kernel.context import system_context

    async with open_marketplace(settings=settings) as marketplace:
        context = system_context(name="command-line", at=marketplace.clock.now(), correlation_id=secrets.token_hex(16))
        record = await marketplace.rooms.api_keys.revoke(key_id=key_id, context=context)
    if as_json:
        print_json({"key_id": record.key_id, "revoked_at": record.revoked_at})
    else:
        print_line(f"{record.key_id} is revoked.")
