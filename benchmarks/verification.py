"""Verify applications through the real pipes and workflow, with every check that calls nobody."""

from __future__ import annotations

import asyncio
import os
import random
import secrets
import tempfile
import time
from pathlib import Path

import msgspec
from stdnum.br import cnpj

from openaisle.bootstrap import Marketplace, open_marketplace
from openaisle.config import LogLevel, Settings
from openaisle.kernel.context import Context, Principal, Role
from openaisle.suppliers.facts import Address, ClearFacts, SupplierFacts
from openaisle.suppliers.model import SupplierState

APPLICATIONS = 10_000
QUICK_APPLICATIONS = 300
_LOOK_SECONDS = 0.25
_SEED = 20_260_801
_SYLLABLES = ("ba", "co", "du", "fe", "gi", "lo", "ma", "ne", "pi", "ra", "su", "ta", "vi", "xo", "ze")
_WAITING = (SupplierState.APPLIED, SupplierState.VERIFYING)


class VerificationFigures(msgspec.Struct, frozen=True, kw_only=True):
    """How many applications were verified in how many seconds, with what end, by how many checks."""

    applications: int
    seconds: float
    cpu_seconds: float
    checks: int
    active: int
    in_review: int

    @property
    def per_minute(self) -> float:
        """How many applications are verified in a minute."""
        return self.applications / self.seconds * 60


def measure_verification(*, applications: int, directory: Path | None) -> VerificationFigures:
    """Return what it takes to verify this many applications in one worker."""
    with tempfile.TemporaryDirectory(prefix="openaisle-verification-", dir=directory) as home:
        return asyncio.run(_measured(home=home, applications=applications))


def told_figures(*, figures: VerificationFigures) -> str:
    """Return the figures as a table for docs/benchmarks.md."""
    return (
        "| applications | checks each | seconds | per minute | processor seconds | active | in review |\n"
        "|---|---|---|---|---|---|---|\n"
        f"| {figures.applications:,} | {figures.checks} | {figures.seconds:.1f} | {figures.per_minute:,.0f} "
        f"| {figures.cpu_seconds:.1f} | {figures.active:,} | {figures.in_review:,} |\n"
    )


async def _measured(*, home: str, applications: int) -> VerificationFigures:
    settings = Settings(home=home, log_level=LogLevel.ERROR)
    async with open_marketplace(settings=settings) as marketplace:
        await _apply(marketplace=marketplace, applications=applications)
        checks = len(marketplace.installed_checks.checks)
        began, began_cpu = time.perf_counter(), _cpu_seconds()
        working = asyncio.create_task(marketplace.pipe_runner.run())
        try:
            while True:
                await asyncio.sleep(_LOOK_SECONDS)
                counts = await marketplace.rooms.supplier_queries.counts(maximum=applications)
                if not any(counts[state] for state in _WAITING):
                    break
        finally:
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)
        return VerificationFigures(
            applications=applications,
            seconds=time.perf_counter() - began,
            cpu_seconds=_cpu_seconds() - began_cpu,
            checks=checks,
            active=counts[SupplierState.ACTIVE],
            in_review=counts[SupplierState.IN_REVIEW],
        )


async def _apply(*, marketplace: Marketplace, applications: int) -> None:
    made = random.Random(_SEED)
    waiting = [_application(number, made) for number in range(applications)]
    for start in range(0, applications, 200):
        # A hundred commits at once share a trip to the disk.
        await asyncio.gather(
            *(
                marketplace.rooms.suppliers.apply(
                    application=one,
                    context=Context(
                        principal=Principal(role=Role.ANYONE, subject_id="anyone"),
                        at=marketplace.clock.now(),
                        correlation_id=secrets.token_hex(16),
                    ),
                )
                for one in waiting[start : start + 200]
            )
        )


def _application(number: int, made: random.Random) -> ClearFacts:
    stem = f"{10_000_000 + number:08d}0001"
    register = stem + cnpj.calc_check_digits(stem)
    name = " ".join("".join(made.choices(_SYLLABLES, k=4)).title() for _ in range(3))
    domain = f"{name.replace(' ', '').lower()}.com.br"
    facts = SupplierFacts(
        legal_name=f"  {name}  ltda." if number % 3 == 0 else f"{name} Ltda",
        country="Brasil" if number % 3 == 1 else "BR",
        registration_number=register,
        email=f"contato@{domain}",
        phone=f"(11) 9{made.randrange(60_000_000, 99_999_999)}",
        website=f"https://www.{domain}",
        address=Address(street_lines=("Rua das Flores 12",), city="campinas", postal_code="13023-000", region="SP"),
    )
    return ClearFacts(facts=facts, tax_id=register)


def _cpu_seconds() -> float:
    used = os.times()
    return used.user + used.system
