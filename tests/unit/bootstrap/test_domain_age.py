"""The example of a plug-in, beside a registry that answers, that knows nothing, and that does not answer."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType

import pytest

from openaisle.kernel.outbound import CallFailed, HttpAnswer
from openaisle.suppliers.checks.check import CheckContext, CheckTools
from openaisle.suppliers.verification import CheckResult, Outcome
from tests.factories.contexts import NOON
from tests.factories.suppliers import SUPPLIER_ID, make_facts

ROOT = Path(__file__).resolve().parents[3]
CODE = ROOT / "examples/checks/openaisle_check_domain_age/src/openaisle_check_domain_age/__init__.py"


class FakeRegistry:
    """Answers as a registry does; the second call of a redirect gets the document."""

    def __init__(self, answers: Mapping[str, HttpAnswer]) -> None:
        self._answers = answers

    async def call(self, *, url: str, **_: object) -> HttpAnswer:
        if url not in self._answers:
            raise CallFailed(detail="nobody answers.")
        return self._answers[url]

    async def require_callable(self, *, url: str) -> None:
        raise NotImplementedError


def example() -> ModuleType:
    spec = importlib.util.spec_from_file_location("openaisle_check_domain_age", CODE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


async def examined(answers: Mapping[str, HttpAnswer]) -> CheckResult:
    check = example().domain_age_check(tools=CheckTools(caller=FakeRegistry(answers)))
    context = CheckContext(supplier_id=SUPPLIER_ID, tax_id=None, tax_id_fingerprint=None, at=NOON)
    return await check.examine(facts=make_facts(), context=context)


def answer(status: int, body: object = None, location: str | None = None) -> HttpAnswer:
    headers = {"location": location} if location is not None else {}
    return HttpAnswer(status=status, headers=headers, body=json.dumps(body).encode())


def registered(at: str) -> HttpAnswer:
    return answer(200, {"events": [{"eventAction": "registration", "eventDate": at}]})


WWW = "https://rdap.org/domain/www.floresdosul.com.br"
DOMAIN = "https://rdap.org/domain/floresdosul.com.br"
REGISTRY = "https://registry.example/floresdosul"


@pytest.mark.parametrize(
    ("at", "outcome", "codes"),
    [
        ("2001-01-01T00:00:00Z", Outcome.PASS, []),
        (NOON.isoformat(), Outcome.INCONCLUSIVE, ["domain-young"]),
        ("no date", Outcome.INCONCLUSIVE, ["domain-age-unknown"]),
    ],
)
async def test_an_old_domain_passes_and_a_young_one_is_doubtful(at: str, outcome: Outcome, codes: list[str]) -> None:
    answers = {WWW: answer(404), DOMAIN: answer(302, location=REGISTRY), REGISTRY: registered(at)}
    result = await examined(answers)
    assert (result.outcome, [finding.code for finding in result.findings]) == (outcome, codes)


@pytest.mark.parametrize("answers", [{}, {WWW: answer(500)}, {WWW: answer(302, location=WWW)}, {WWW: answer(200, 3)}])
async def test_a_registry_that_does_not_say_is_inconclusive(answers: dict[str, HttpAnswer]) -> None:
    assert [finding.code for finding in (await examined(answers)).findings] == ["domain-age-unknown"]
