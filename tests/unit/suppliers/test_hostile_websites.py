"""A website that hangs or answers nonsense, through the whole workflow: it ends, and a person decides."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest

from openaisle.adapters.http.caller import GuardedHttpCaller
from openaisle.suppliers.checks.website_answer import WebsiteAnswerCheck
from openaisle.suppliers.model import SupplierState
from openaisle.suppliers.verification import STANDARD_POLICY, Action, CheckRule, Outcome
from tests.factories.suppliers import make_application
from tests.support.supplier_stage import supplier_stage_in

NOTED = CheckRule(on_fail=Action.NOTE, on_inconclusive=Action.NOTE)
REVIEWED = CheckRule(on_fail=Action.REVIEW, on_inconclusive=Action.REVIEW)
# The form of an address in a private network is let through here, so that only the call to it counts.
POLICY = msgspec.structs.replace(
    STANDARD_POLICY, rules={**STANDARD_POLICY.rules, "website": NOTED, "website_answer": REVIEWED}
)


@asynccontextmanager
async def website(*, says: bytes) -> AsyncIterator[int]:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if says:
            writer.write(says)
            writer.close()
        else:
            await reader.read()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


@pytest.mark.parametrize(
    ("says", "allowed", "code", "outcome"),
    [
        (b"", True, "website-timed-out", Outcome.INCONCLUSIVE),
        (b"no handshake at all", True, "website-unreachable", Outcome.INCONCLUSIVE),
        (b"", False, "website-refused", Outcome.FAIL),
    ],
)
async def test_a_hostile_website_leaves_the_supplier_in_review_with_evidence(
    tmp_path: Path, says: bytes, allowed: bool, code: str, outcome: Outcome
) -> None:
    async with website(says=says) as port:
        caller = GuardedHttpCaller(allowed_private_hosts=[f"127.0.0.1:{port}"] if allowed else [])
        check = WebsiteAnswerCheck(caller=caller, call_seconds=0.3)
        async with supplier_stage_in(tmp_path, extra_checks=[check], policy=POLICY) as stage:
            supplier = await stage.verified(make_application(website=f"https://127.0.0.1:{port}/"))
        await caller.close()
    result = next(one for one in supplier.verifications[0].checks if one.check == check.name)
    assert supplier.state is SupplierState.IN_REVIEW
    assert (result.outcome, result.findings[0].code) == (outcome, code)
    assert result.evidence["website"] == f"https://127.0.0.1:{port}/"
