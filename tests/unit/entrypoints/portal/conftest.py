from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from openaisle.bootstrap import Marketplace, open_marketplace
from openaisle.config import Settings
from openaisle.entrypoints.http.application import http_application
from openaisle.kernel.context import Context, Principal, Role
from openaisle.kernel.permissions import UserRole
from openaisle.people.model import User
from openaisle.suppliers.facts import BusinessModel
from tests.support.console_stage import Browser

PASSWORD = "seven green lanterns"
EMAIL = "lee@supplier.example"


class PortalStage:
    """A marketplace with one supplier that has begun to apply, and the pages."""

    def __init__(self, *, marketplace: Marketplace) -> None:
        self.marketplace = marketplace
        self.application: Any = http_application(marketplace=marketplace)
        self.supplier_id = ""
        self.api_key = ""

    def context(self, *, role: Role = Role.SYSTEM) -> Context:
        principal = Principal(role=role, subject_id="test")
        return Context(
            principal=principal, at=self.marketplace.clock.now(), correlation_id=secrets.token_hex(8), address="::1"
        )

    async def begin(self) -> None:
        applicant = await self.marketplace.rooms.supplier_applications.begin(
            email="post@supplier.example", business_model=next(iter(BusinessModel)), context=self.context()
        )
        self.supplier_id, self.api_key = applicant.supplier.supplier_id, applicant.api_key

    async def invited(
        self, *, email: str = EMAIL, role: UserRole = UserRole.OWNER, party: Role = Role.SUPPLIER
    ) -> tuple[User, str]:
        """An invited user and the token of the link."""
        made = await self.marketplace.rooms.people.people.invite(
            email=email,
            name="Lee",
            role=role,
            party=party,
            supplier_id=self.supplier_id if party is Role.SUPPLIER else None,
            context=self.context(),
        )
        return made.user, made.address.partition("token=")[2]

    async def user(self, *, email: str = EMAIL, role: UserRole = UserRole.OWNER, party: Role = Role.SUPPLIER) -> User:
        """A user who has set a password."""
        _, token = await self.invited(email=email, role=role, party=party)
        return await self.marketplace.rooms.people.people.set_password(
            token=token, password=PASSWORD, context=self.context()
        )

    def browser(self, *, base: str = "/portal") -> Browser:
        return Browser(application=self.application, base=base)

    async def signed_in(self, *, email: str = EMAIL, role: UserRole = UserRole.OWNER) -> Browser:
        """A browser in which a user has signed in."""
        await self.user(email=email, role=role)
        browser = self.browser()
        answered = await browser.send("/sign-in", {"email": email, "password": PASSWORD}, page="/sign-in")
        assert answered.status == 303, answered.body.decode()
        return browser


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[PortalStage]:
    settings = Settings(home=str(tmp_path), durable=False, public_address="https://marketplace.example")
    async with open_marketplace(settings=settings) as marketplace:
        made = PortalStage(marketplace=marketplace)
        await made.begin()
        yield made
