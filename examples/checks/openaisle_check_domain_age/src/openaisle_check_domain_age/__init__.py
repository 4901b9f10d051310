"""How long the domain of a supplier's website has been registered, asked of the registries' public service (RDAP).

Here belongs the check of this package alone. Here never belongs a call that does not go through the caller it is lent.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import ClassVar
from urllib.parse import urlsplit

from openaisle.kernel.outbound import CallFailed, HttpCaller
from openaisle.suppliers.checks.check import Check, CheckContext, CheckTools
from openaisle.suppliers.facts import SupplierFacts
from openaisle.suppliers.verification import CheckFinding, CheckResult, Outcome, Severity, found, passed

RDAP = "https://rdap.org"
_DAYS_MINIMUM = 90
_REDIRECTS_MAXIMUM = 3
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_CALL_SECONDS = 4.0


class DomainAgeCheck:
    """Inconclusive where the domain is young, or where nobody says how old it is."""

    name: ClassVar[str] = "domain_age"
    timeout_seconds: ClassVar[float] = 20.0

    def __init__(self, *, caller: HttpCaller, service: str = RDAP) -> None:
        """Take what makes guarded calls, and the address of the service that is asked."""
        self._caller = caller
        self._service = service

    async def examine(self, *, facts: SupplierFacts, context: CheckContext) -> CheckResult:
        """Return what the check found."""
        host = urlsplit(facts.website).hostname if facts.website is not None else None
        if host is None:
            return self._unknown("No website was given.", {}, Severity.INFO)
        evidence = {"host": host}
        try:
            since = await self._registered_since(domain=host)
        except (CallFailed, ValueError, KeyError, TypeError) as error:
            return self._unknown(f"Nobody says since when {host} is registered: {error}", evidence, Severity.INFO)
        if since is None:
            return self._unknown(f"No registry knows {host}.", evidence, Severity.WARNING)
        days = (context.at - since).days
        evidence |= {"registered_at": since.isoformat(), "days": str(days)}
        if days >= _DAYS_MINIMUM:
            return passed(check=self.name, evidence=evidence)
        return self._unknown(f"{host} was registered only {days} days ago.", evidence, Severity.WARNING)

    async def _registered_since(self, *, domain: str) -> datetime | None:
        """Return when the domain was registered; a host below a domain is asked for step by step."""
        labels = domain.split(".")
        for start in range(len(labels) - 1):
            document = await self._asked(url=f"{self._service}/domain/{'.'.join(labels[start:])}")
            for event in document.get("events", ()):
                if event["eventAction"] == "registration":
                    return datetime.fromisoformat(event["eventDate"])
        return None

    async def _asked(self, *, url: str) -> dict[str, list[dict[str, str]]]:
        # The caller follows no redirect by itself; the service answers with the registry's own address.
        for _ in range(_REDIRECTS_MAXIMUM + 1):
            answer = await self._caller.call(
                method="GET",
                url=url,
                headers={"accept": "application/rdap+json"},
                body=b"",
                timeout_seconds=_CALL_SECONDS,
            )
            if answer.status in _REDIRECTS and "location" in answer.headers:
                url = answer.headers["location"]
                continue
            if answer.status == 404:
                return {}
            if answer.status != 200:
                raise CallFailed(detail=f"the service answered {answer.status}.")
            return dict(json.loads(answer.body))
        raise CallFailed(detail="the service leads on and on.")

    def _unknown(self, message: str, evidence: dict[str, str], severity: Severity) -> CheckResult:
        finding = CheckFinding(
            field="website",
            code="domain-age-unknown" if "days" not in evidence else "domain-young",
            severity=severity,
            message=message,
        )
        return found(check=self.name, outcome=Outcome.INCONCLUSIVE, findings=[finding], evidence=evidence)


def domain_age_check(*, tools: CheckTools) -> Check:
    """Return the check; OpenAisle calls this once in each worker."""
    return DomainAgeCheck(caller=tools.caller)
