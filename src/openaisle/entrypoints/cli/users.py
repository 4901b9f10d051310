"""``openaisle users``: invite people and help those who lost their password, without having an account."""

from __future__ import annotations

import asyncio
import secrets
from typing import Annotated

import typer

from openaisle.config import Settings
from openaisle.entrypoints.cli.application import settings_of
from openaisle.entrypoints.cli.output import JsonOption, print_json, print_line
from openaisle.kernel.permissions import UserRole

EmailOption = Annotated[str, typer.Option(help="The person's e-mail address.")]
RoleOption = Annotated[UserRole, typer.Option(help="What the person may do; docs/reference/roles.md explains each.")]
NameOption = Annotated[str | None, typer.Option(help="The person's name; the address if absent.")]
SupplierOption = Annotated[
    str | None, typer.Option(help="The supplier whose person it is; the operator's staff if absent.")
]
WithoutCodesOption = Annotated[
    bool, typer.Option("--without-codes", help="Also take the authenticator app out of use, for who lost it.")
]


def register(*, application: typer.Typer) -> None:
    """Add the commands."""
    users = typer.Typer(help="Invite people and set passwords anew.", no_args_is_help=True)
    application.add_typer(users, name="users")

    @users.command("invite")
    def invite(
        context: typer.Context,
        *,
        email: EmailOption,
        role: RoleOption = UserRole.ADMINISTRATOR,
        name: NameOption = None,
        supplier: SupplierOption = None,
        as_json: JsonOption = False,
    ) -> None:
        """Invite a person, as the first administrator; the link is mailed and shown only this once."""
        settings = settings_of(context=context)
        asyncio.run(
            _invite(settings=settings, email=email, role=role, name=name or email, supplier=supplier, as_json=as_json)
        )

    @users.command("reset")
    def reset(
        context: typer.Context,
        *,
        email: EmailOption,
        without_codes: WithoutCodesOption = False,
        as_json: JsonOption = False,
    ) -> None:
        """Make a link that sets a new password; it works once, for an hour."""
        settings = settings_of(context=context)
        asyncio.run(_reset(settings=settings, email=email, without_codes=without_codes, as_json=as_json))


async def _invite(
    *, settings: Settings, email: str, role: UserRole, name: str, supplier: str | None, as_json: bool
) -> None:
    from openaisle.bootstrap import open_marketplace
    from openaisle.kernel.context import Role, system_context

    async with open_marketplace(settings=settings) as marketplace:
        context = system_context(name="command-line", at=marketplace.clock.now(), correlation_id=secrets.token_hex(16))
        invited = await marketplace.rooms.people.people.invite(
            email=email,
            name=name,
            role=role,
            party=Role.OPERATOR if supplier is None else Role.SUPPLIER,
            supplier_id=supplier,
            context=context,
        )
    if as_json:
        print_json({"user_id": invited.user.user_id, "email": invited.user.email, "link": invited.address})
    else:
        print_line(f"{invited.address}\n\n{invited.user.email} sets a password there; it works once, for seven days.")


async def _reset(*, settings: Settings, email: str, without_codes: bool, as_json: bool) -> None:
    from openaisle.bootstrap import open_marketplace
    from openaisle.kernel.context import system_context

    async with open_marketplace(settings=settings) as marketplace:
        context = system_context(name="command-line", at=marketplace.clock.now(), correlation_id=secrets.token_hex(16))
        made = await marketplace.rooms.people.people.made_reset_link(
            email=email, without_codes=without_codes, context=context
        )
    if as_json:
        print_json({"user_id": made.user.user_id, "email": made.user.email, "link": made.address})
    else:
        print_line(f"{made.address}\n\n{made.user.email} sets a new password there; it works once, for an hour.")
