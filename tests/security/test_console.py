"""The console against a hostile supplier, a hostile site and a hostile visitor, over real HTTP."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlencode

import aiohttp
import msgspec
import pytest
import pytest_asyncio

from tests.journeys.marketplace import RunningMarketplace, application, line, order, running_marketplace, submission
from tests.support.waiting import eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")

# Breaks out of text, of either kind of quotes, of a script, and of a template.
CANARY = "\"'></script><xss-canary onfocus=alert(1)>{{7*7}}${7*7}"
SHORT = '"><xss-canary>'
PAGES_AT_MOST = 150
REQUIRED_HEADERS = {
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """What came back from the console."""

    status: int
    headers: Mapping[str, str]
    cookies: dict[str, str]
    raw_cookies: list[str]
    text: str


class Visitor:
    """A browser of the console, as far as a server can tell."""

    def __init__(self, *, marketplace: RunningMarketplace) -> None:
        self.address = marketplace.address
        self.cookies: dict[str, str] = {}
        self._session = aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar())

    async def close(self) -> None:
        await self._session.close()

    async def get(self, path: str, *, headers: Mapping[str, str] | None = None) -> Page:
        return await self._call("GET", path, data=None, headers=headers or {})

    async def post(self, path: str, fields: Mapping[str, str], *, headers: Mapping[str, str] | None = None) -> Page:
        given = {"Origin": self.address, "Content-Type": "application/x-www-form-urlencoded", **(headers or {})}
        return await self._call("POST", path, data=urlencode(fields).encode(), headers=given)

    async def sign_in(self, *, key: str, **fields: str) -> Page:
        form = await self.get("/console/sign-in")
        return await self.post("/console/sign-in", {"csrf": token_in(form), "api_key": key, **fields})

    async def _call(self, method: str, path: str, *, data: bytes | None, headers: Mapping[str, str]) -> Page:
        given = dict(headers)
        if self.cookies:
            given["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        async with self._session.request(
            method, self.address + path, data=data, headers=given, allow_redirects=False
        ) as response:
            raw = response.headers.getall("Set-Cookie", [])
            cookies = {name: morsel.value for name, morsel in response.cookies.items()}
            self.cookies.update(cookies)
            return Page(
                status=response.status,
                headers=dict(response.headers),
                cookies=cookies,
                raw_cookies=raw,
                text=(await response.read()).decode(errors="replace"),
            )


def token_in(page: Page) -> str:
    found = re.search(r'name="csrf" value="([0-9a-f]{64})"', page.text)
    assert found is not None, page.text[:500]
    return found[1]


class Elements(HTMLParser):
    """Gathers elements and links."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def marketplace(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningMarketplace]:
    async with running_marketplace(home=tmp_path_factory.mktemp("console") / "home") as running:
        await _poisoned(running)
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def visitor(marketplace: RunningMarketplace) -> AsyncIterator[Visitor]:
    made = Visitor(marketplace=marketplace)
    yield made
    await made.close()


async def _poisoned(marketplace: RunningMarketplace) -> None:
    """Let strangers put canaries into every field that takes one."""
    facts = application(
        legal_name=CANARY, doing_business_as=CANARY, tax_id="11222333000180", website=f"https://a.example/{SHORT}"
    )
    facts["address"] = {"street_lines": [CANARY], "city": CANARY, "region": SHORT, "postal_code": SHORT}
    await marketplace.anyone.post("/v1/supplier-applications", {**facts, "phone": SHORT, "email": f"{SHORT}@a.example"})
    supplier = await marketplace.active_supplier(handle="hostile", ships=False)
    offer = await marketplace.offered(supplier=supplier, supplier_sku=CANARY, gtin=None, title=CANARY)
    poisoned = submission(
        supplier_sku=SHORT, title=CANARY, description=CANARY, brand=CANARY, category=CANARY, location=CANARY,
        currency=SHORT, condition=SHORT, gtin=SHORT, product_reference=CANARY, attributes={SHORT: CANARY},
    )  # fmt: skip
    await supplier.caller.post("/v1/product-submissions", {"submissions": [poisoned]})
    feed = f"supplier_sku,title,{SHORT.replace(chr(34), '')}\n{CANARY},=cmd,x\n".encode()
    await supplier.caller.call("POST", "/v1/feeds", raw=feed, headers={"Content-Type": "text/csv"})
    await marketplace.storefront.post("/v1/webhook-endpoints", {"url": "http://127.0.0.1:9/'%3Cxss-canary%3E"})
    body = order(reference=CANARY[:60].strip(), lines=[line(offer=offer, quantity=3)])
    body["ship_to"] = dict.fromkeys(("name", "city", "region", "postal_code", "phone", "email"), SHORT) | {
        "street_lines": [CANARY], "country": "BR"
    }  # fmt: skip
    placed = await marketplace.placed(**body)
    assert placed.status == 201, placed
    purchase_order_id = placed.body["purchase_orders"][0]["purchase_order_id"]

    async def accepted() -> bool:
        found = await supplier.caller.get(f"/v1/purchase-orders/{purchase_order_id}")
        return found["state"] == "accepted"

    await eventually(accepted, what="the purchase order is accepted")
    parcel = {"carrier": CANARY[:90], "tracking_number": "JJD0001", "lines": [{"line_number": 1, "quantity": 1}]}
    await supplier.caller.post(f"/v1/purchase-orders/{purchase_order_id}/shipments", parcel)
    cancellation = {"lines": [{"line_number": 1, "quantity": 1}], "reason": CANARY}
    await marketplace.storefront.post(f"/v1/orders/{placed.body['order_id']}/cancellations", cancellation)

    async def task() -> Any:
        return (await marketplace.operator.get("/v1/review-tasks"))["review_tasks"]

    (first, *_) = await eventually(task, what="a review task")
    await marketplace.operator.post(f"/v1/review-tasks/{first['task_id']}/claim", {"assignee": CANARY[:90]})


async def _every_page(visitor: Visitor) -> dict[str, Page]:
    """Open every page that a link leads to, and the fragments that the script asks for."""
    waiting, pages = ["/console/"], {}
    while waiting and len(pages) < PAGES_AT_MOST:
        path = waiting.pop()
        if path in pages:
            continue
        pages[path] = await visitor.get(path)
        for _, attributes in _elements(pages[path].text):
            for name in ("href", "data-source", "data-href", "data-fragment"):
                link = (attributes.get(name) or "").partition("#")[0]
                if link.startswith("/console/") and not link.startswith("/console/static/"):
                    waiting.append(link)
    return pages


def _elements(text: str) -> list[tuple[str, dict[str, str | None]]]:
    reader = Elements()
    reader.feed(text)
    return reader.found


async def test_what_strangers_write_is_only_ever_text(marketplace: RunningMarketplace, visitor: Visitor) -> None:
    await visitor.sign_in(key=marketplace.operator.key or "")
    pages = await _every_page(visitor)

    kinds = {path.split("/")[2].partition("?")[0] for path in pages}
    assert {"", "orders", "suppliers", "products", "reviews"} <= kinds, kinds
    assert sum("xss-canary" in page.text for page in pages.values()) >= 6, "hardly a page shows a canary"
    for path, page in pages.items():
        assert page.status == 200, (path, page.status)
        for tag, attributes in _elements(page.text):
            assert tag != "xss-canary", path
            assert not [name for name in attributes if name.startswith("on")], (path, tag, attributes)
            assert tag != "script" or (attributes.get("src") or "").startswith("/console/static/"), path
            for name in ("href", "src", "action", "formaction"):
                link = (attributes.get(name) or "/").strip().lower()
                assert not link.startswith(("javascript:", "data:", "vbscript:")), (path, attributes)
        assert "<xss-canary" not in page.text, path


async def test_every_answer_of_the_console_carries_its_safety_headers(
    marketplace: RunningMarketplace, visitor: Visitor
) -> None:
    paths = ["/console/sign-in", "/console/", "/console/nothing", "/console/static/console.js", "/console/static/x"]
    before = [await visitor.get(path) for path in paths]
    await visitor.sign_in(key=marketplace.operator.key or "")
    for page in [*before, *[await visitor.get(path) for path in paths], await visitor.post("/console/sign-out", {})]:
        assert {name: page.headers.get(name) for name in REQUIRED_HEADERS} == REQUIRED_HEADERS
        policy = page.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "base-uri 'none'" in policy
        assert "unsafe" not in policy
    assert (await visitor.get("/console/")).headers["Cache-Control"] == "no-store"


async def test_a_session_cookie_is_new_at_each_sign_in_and_only_for_our_pages(
    marketplace: RunningMarketplace, visitor: Visitor
) -> None:
    planted = "planted" * 6
    visitor.cookies["openaisle_session"] = planted
    first = await visitor.sign_in(key=marketplace.operator.key or "")
    second = await visitor.sign_in(key=marketplace.operator.key or "")
    tokens = {first.cookies["openaisle_session"], second.cookies["openaisle_session"], planted}
    assert len(tokens) == 3
    (cookie,) = [one.lower() for one in second.raw_cookies if one.startswith("openaisle_session")]
    assert all(part in cookie for part in ("httponly", "samesite=strict", "path=/console", "max-age="))

    visitor.cookies = {"openaisle_session": planted}
    assert (await visitor.get("/console/orders")).status == 303


async def test_behind_a_proxy_that_ends_tls_the_cookie_never_travels_in_clear(
    marketplace: RunningMarketplace, visitor: Visitor
) -> None:
    form = await visitor.get("/console/sign-in")
    fields = {"csrf": token_in(form), "api_key": marketplace.operator.key or ""}
    signed_in = await visitor.post("/console/sign-in", fields, headers={"X-Forwarded-Proto": "https"})
    (cookie,) = [one.lower() for one in signed_in.raw_cookies if one.startswith("openaisle_session")]
    assert "secure" in cookie


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": ""},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Content-Type": "text/plain"},
        {"Content-Type": "multipart/form-data; boundary=a"},
    ],
)
async def test_a_form_of_another_site_changes_nothing(
    marketplace: RunningMarketplace, visitor: Visitor, headers: dict[str, str]
) -> None:
    await visitor.sign_in(key=marketplace.operator.key or "")
    suppliers = (await marketplace.operator.get("/v1/suppliers?state=active"))["suppliers"]
    path = f"/console/suppliers/{suppliers[0]['supplier_id']}"
    token = token_in(await visitor.get(path))

    forged = await visitor.post(f"{path}/suspension", {"csrf": token, "reason": "x"}, headers=headers)
    tokenless = await visitor.post(f"{path}/suspension", {"reason": "x"})
    read = await visitor.get(f"{path}/suspension?csrf={token}&reason=x")

    assert forged.status in {400, 403}, forged
    assert tokenless.status == 403
    assert read.status in {404, 405}
    assert (await marketplace.operator.get(f"/v1/suppliers/{suppliers[0]['supplier_id']}"))["state"] == "active"


@pytest.mark.parametrize(
    "wanted",
    [
        "https://evil.example/", "//evil.example", "/\\evil.example", "/console/\\evil.example",
        "/console/..//evil.example",
        "javascript:alert(1)", "/console/\r\nSet-Cookie: a=b", "/console/\t//evil.example", "http:///evil.example",
        "/console@evil.example", "https:/console/evil.example",
        "/console/%0d%0aLocation:x", "\uff0f\uff0fevil.example",
    ],
)  # fmt: skip
async def test_signing_in_leads_nowhere_else(marketplace: RunningMarketplace, visitor: Visitor, wanted: str) -> None:
    answered = await visitor.sign_in(key=marketplace.operator.key or "", next=wanted)
    location = answered.headers["Location"]
    assert answered.status == 303
    assert location.startswith("/console/"), location
    assert "//" not in location
    assert "evil.example" not in location or location.startswith("/console/")
    assert "\r" not in location
    assert "\n" not in location


@pytest.mark.parametrize(
    "path",
    [
        "/console/static/..%2f..%2fdoor.py",
        "/console/static/%2e%2e/door.py",
        "/console/static/....//door.py",
        "/console/static/%00",
        "/console/static//etc/passwd",
    ],
)
async def test_static_files_lead_to_no_other_file(visitor: Visitor, path: str) -> None:
    answered = await visitor.get(path)
    assert answered.status in {303, 404}, answered.status
    assert "SESSION_COOKIE" not in answered.text
    assert "root:" not in answered.text


async def test_an_upgrade_to_a_websocket_is_refused_without_harm(visitor: Visitor) -> None:
    headers = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "a"}
    for path in ("/v1/orders", "/console/", "/docs"):
        answered = await visitor.get(path, headers=headers)
        assert 200 <= answered.status < 500, (path, answered.status)
        assert answered.status != 101


async def test_guessing_keys_is_slowed_down_also_from_many_connections(
    marketplace: RunningMarketplace, visitor: Visitor
) -> None:
    form = await visitor.get("/console/sign-in")
    fields = {"csrf": token_in(form), "api_key": "oa_operator_guess"}
    answers = await asyncio.gather(*(visitor.post("/console/sign-in", fields) for _ in range(30)))
    assert {answered.status for answered in answers} <= {401, 429}, {answered.status for answered in answers}
    refused = await visitor.post("/console/sign-in", {**fields, "api_key": marketplace.operator.key or ""})
    assert refused.status == 429
    assert int(refused.headers["Retry-After"]) >= 1
