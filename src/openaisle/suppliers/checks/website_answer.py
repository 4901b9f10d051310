"""The website answers over https, ends at a public address, and names the company.

Every hop of a redirect is followed here, one guarded call each: the guard looks at the address, and again at what its
name resolves to, so that no redirect leads into a private network.
"""

from __future__ import annotations

import html
import re
from datetime import datetime
from typing import ClassVar
from urllib.parse import urljoin, urlsplit

import msgspec
from rapidfuzz import fuzz

from openaisle.kernel.outbound import AddressRefused, CallFailed, CallTimedOut, HttpAnswer, HttpCaller
from openaisle.suppliers.checks.check import CheckContext
from openaisle.suppliers.countries import folded
from openaisle.suppliers.facts import SupplierFacts
from openaisle.suppliers.mailboxes import same_owner
from openaisle.suppliers.names import bare_name
from openaisle.suppliers.schemes import comparable
from openaisle.suppliers.verification import CheckFinding, CheckResult, Outcome, Severity, found, passed

_FIELD = "website"
_REDIRECTS_MAXIMUM = 3
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PAGE_BYTES_MAXIMUM = 1_000_000
_CALL_SECONDS = 5.0
_NAMED_LIKENESS = 90.0
_CHARSET = re.compile(r"charset=[\"']?([\w.-]{1,40})", re.IGNORECASE)
_NOT_SHOWN = re.compile(r"<(script|style)\b.*?</\1\s*>|<!--.*?-->|<[^>]{0,2000}>", re.IGNORECASE | re.DOTALL)


class _Visit(msgspec.Struct, frozen=True, kw_only=True):
    answer: HttpAnswer
    url: str
    hops: tuple[str, ...]


class WebsiteAnswerCheck:
    """Fails a website that leads inside; one that does not answer or name the company is inconclusive."""

    name: ClassVar[str] = "website_answer"
    timeout_seconds: ClassVar[float] = _CALL_SECONDS * (_REDIRECTS_MAXIMUM + 1) + 2

    def __init__(self, *, caller: HttpCaller, call_seconds: float = _CALL_SECONDS) -> None:
        """Take what makes guarded calls, and how many seconds each may take."""
        self._caller = caller
        self._call_seconds = call_seconds

    async def examine(self, *, facts: SupplierFacts, context: CheckContext) -> CheckResult:
        """Return what the check found."""
        if facts.website is None:
            finding = _finding("website-missing", Severity.INFO, "No website was given.")
            return found(check=self.name, outcome=Outcome.INCONCLUSIVE, findings=[finding], evidence={})
        evidence = {_FIELD: facts.website}
        try:
            visit = await self._visited(url=facts.website, evidence=evidence)
        except AddressRefused as error:
            finding = _finding("website-refused", Severity.ERROR, f"It leads where no website is: {error.detail}")
            return found(check=self.name, outcome=Outcome.FAIL, findings=[finding], evidence=evidence)
        except CallFailed as error:
            code = "website-timed-out" if isinstance(error, CallTimedOut) else "website-unreachable"
            finding = _finding(code, Severity.WARNING, error.detail)
            return found(check=self.name, outcome=Outcome.INCONCLUSIVE, findings=[finding], evidence=evidence)
        findings = _findings(visit=visit, facts=facts, context=context, evidence=evidence)
        if not findings:
            return passed(check=self.name, evidence=evidence)
        return found(check=self.name, outcome=Outcome.INCONCLUSIVE, findings=findings, evidence=evidence)

    async def _visited(self, *, url: str, evidence: dict[str, str]) -> _Visit:
        hops: list[str] = []
        while True:
            answer = await self._caller.call(
                method="GET",
                url=url,
                headers={"accept": "text/html,application/xhtml+xml"},
                body=b"",
                timeout_seconds=self._call_seconds,
                maximum_answer_bytes=_PAGE_BYTES_MAXIMUM,
            )
            target = answer.headers.get("location")
            if answer.status not in _REDIRECTS or target is None:
                return _Visit(answer=answer, url=url, hops=tuple(hops))
            if len(hops) >= _REDIRECTS_MAXIMUM:
                raise CallFailed(detail=f"It leads on more than {_REDIRECTS_MAXIMUM} times.")
            try:
                url = urljoin(url, target).partition("#")[0]
            except ValueError:
                raise CallFailed(detail="It leads to an address that cannot be read.") from None
            hops.append(url)
            evidence["redirects"] = " > ".join(hops)[:500]


def _findings(
    *, visit: _Visit, facts: SupplierFacts, context: CheckContext, evidence: dict[str, str]
) -> list[CheckFinding]:
    answer = visit.answer
    evidence |= {"final_url": visit.url[:500], "status": str(answer.status), "bytes": str(len(answer.body))}
    findings = []
    if answer.status >= 400:
        findings.append(_finding("website-error", Severity.WARNING, f"It answers with the status {answer.status}."))
    if urlsplit(visit.url).scheme != "https":
        findings.append(_finding("website-insecure", Severity.WARNING, "Its pages come over plain http."))
    if answer.certificate_until is not None:
        days = _days_left(until=answer.certificate_until, at=context.at)
        evidence["certificate_days"] = str(days)
        if days < context.policy.thresholds.certificate_days:
            findings.append(
                _finding("certificate-ends-soon", Severity.WARNING, f"Its certificate is valid for {days} days more.")
            )
    start, end = urlsplit(facts.website or "").hostname or "", urlsplit(visit.url).hostname or ""
    if not same_owner(domain=start.removeprefix("www."), host=end):
        findings.append(_finding("website-elsewhere", Severity.WARNING, f"It leads to another domain, {end}."))
    if answer.status < 400:
        named_by = _named_by(page=_text(answer), facts=facts)
        evidence["named_by"] = named_by or ""
        if named_by is None:
            told = "Its front page names neither the company nor its registration number."
            findings.append(_finding("website-names-another", Severity.WARNING, told))
    return findings


def _named_by(*, page: str, facts: SupplierFacts) -> str | None:
    # The number is looked for without punctuation in a page without punctuation.
    number = comparable(number=facts.registration_number)
    if len(number) >= 6 and number in comparable(number=page):
        return "registration_number"
    plain = folded(text=page)
    for field, name in (("legal_name", facts.legal_name), ("doing_business_as", facts.doing_business_as)):
        wanted = bare_name(name=name) if name is not None else ""
        if wanted and (f" {wanted} " in f" {plain} " or fuzz.partial_ratio(wanted, plain) >= _NAMED_LIKENESS):
            return field
    return None


def _text(answer: HttpAnswer) -> str:
    stated = _CHARSET.search(answer.headers.get("content-type", ""))
    try:
        page = answer.body.decode(stated[1] if stated else "utf-8", errors="replace")
    except LookupError:
        page = answer.body.decode("utf-8", errors="replace")
    return html.unescape(_NOT_SHOWN.sub(" ", page))


def _days_left(*, until: datetime, at: datetime) -> int:
    return (until - at).days


def _finding(code: str, severity: Severity, message: str) -> CheckFinding:
    suggestion = None if severity is Severity.INFO else "Open the website in a browser and look for its legal notice."
    return CheckFinding(field=_FIELD, code=code, severity=severity, message=message, suggestion=suggestion)
