"""Plays the scenarios one after the other, and tells what came of each."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from enum import StrEnum

import msgspec

from openaisle.entrypoints.certify.bench import Bench, CheckFailed
from openaisle.entrypoints.certify.scenarios import SCENARIOS, Scenario
from openaisle.kernel.errors import OpenAisleError


class Verdict(StrEnum):
    """What came of a scenario."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"


class ScenarioOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a scenario, why if it failed, and how to mend it; ``seconds`` is how long it took."""

    name: str
    title: str
    verdict: Verdict
    seconds: float
    detail: str = ""
    mend: str = ""


async def played(*, bench: Bench, scenarios: Sequence[Scenario] = SCENARIOS) -> AsyncIterator[ScenarioOutcome]:
    """Yield what comes of each scenario as it ends."""
    loop = asyncio.get_running_loop()
    for scenario in scenarios:
        if scenario.needs and getattr(bench.addresses, scenario.needs) is None:
            option = f"--{scenario.needs.replace('_', '-')}"
            yield ScenarioOutcome(
                name=scenario.name,
                title=scenario.title,
                verdict=Verdict.SKIPPED,
                seconds=0.0,
                detail=f"{option} was not given.",
            )
            continue
        started = loop.time()
        problem = await _problem(bench=bench, scenario=scenario)
        yield ScenarioOutcome(
            name=scenario.name,
            title=scenario.title,
            verdict=Verdict.PASSED if problem is None else Verdict.FAILED,
            seconds=round(loop.time() - started, 3),
            detail=problem or "",
            mend="" if problem is None else scenario.mend,
        )


async def _problem(*, bench: Bench, scenario: Scenario) -> str | None:
    try:
        await scenario.play(bench)
    except CheckFailed as failed:
        return str(failed)
    except OpenAisleError as error:
        return f"{error.title}: {error.detail}"
    return None
