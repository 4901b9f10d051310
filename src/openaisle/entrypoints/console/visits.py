"""One request of somebody who signed in: who, when, what was sent, and how to answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from openaisle.entrypoints.console.permissions import permission_of_page, without_forbidden_forms
from openaisle.entrypoints.console.rendering import rendered
from openaisle.entrypoints.console.sessions.model import Session, form_token
from openaisle.kernel.context import Context, Principal
from openaisle.kernel.errors import OpenAisleError, RequestInvalid

ROOMS = (
    ("overview", "Overview", "/console/"),
    ("orders", "Orders", "/console/orders"),
    ("returns", "Returns", "/console/returns"),
    ("incidents", "Incidents", "/console/incidents"),
    ("reviews", "Reviews", "/console/reviews"),
    ("suppliers", "Suppliers", "/console/suppliers"),
    ("scorecards", "Scorecards", "/console/scorecards"),
    ("clocks", "Clocks", "/console/clocks"),
    ("terms", "Terms", "/console/terms"),
    ("products", "Products", "/console/products"),
    ("webhooks", "Webhooks", "/console/webhooks"),
    ("mails", "Mail", "/console/mails"),
    ("people", "People", "/console/people"),
    ("audit", "Audit", "/console/audit"),
)
_NOTICES = {
    "suspended": "The supplier is suspended.",
    "reinstated": "The supplier is reinstated.",
    "forgiven": "The supplier is judged only by what comes from tomorrow on.",
    "notice": "Notice is given; the supplier is told by mail.",
    "left": "The supplier has left.",
    "notice-withdrawn": "The notice is withdrawn; the supplier stays.",
    "reverifying": "The supplier is verified again; its facts stay in force meanwhile.",
    "document-removed": "The document is removed.",
    "return-authorized": "The goods may come back; supplier and storefront are told.",
    "return-refused": "The return is refused; the storefront is told why.",
    "return-settled": "The storefront is asked to pay the refund.",
    "return-replaced": "The goods are ordered again for the shopper.",
    "said": "The message is sent.",
    "incident-resolved": "The incident is settled.",
    "order-held": "The order waits until it is released.",
    "order-released": "The order goes on.",
    "order-readdressed": "The order goes to the new address.",
    "claimed": "The review task is yours.",
    "resolved": "The decision is recorded.",
    "resolved-many": "The decision is recorded for every task that was ticked.",
    "assigned": "The task is handed over.",
    "released": "The task waits for anybody again.",
    "noted": "The note is kept.",
    "kept": "The rule is kept as a draft and was held against history; switch it on if you agree.",
    "tested": "The rule was held against history.",
    "switched-on": "The rule decides from now on.",
    "switched-off": "The rule decides no more.",
    "schema-changed": "The schema is changed; what is handed in from now on is held against it.",
    "terms-published": "The terms are announced; every supplier is told by mail.",
    "mail-again": "The mail is tried again.",
    "events-again": "The events are sent again, beside new ones.",
    "sent-again": "The purchase order is tried again.",
    "invited": "The invitation is on its way.",
    "role-changed": "The role is changed; open sessions of this person ended.",
    "disabled": "The person can no longer sign in.",
    "enabled": "The person can sign in again.",
    "password-changed": "Your password is changed; all other sessions ended.",
    "authenticator-removed": "Signing in asks for no code any more.",
}


class FieldMissing(RequestInvalid):
    """A field of a form that must be filled is empty, or holds more than fits."""

    code = "field-missing"
    title = "Something is missing in the form"
    mend = "Fill the field and send the form again; nothing was changed."


class SignedInSession(Protocol):
    """What the session of any door tells."""

    @property
    def principal(self) -> Principal:
        """Whom the session stands for."""
        ...

    @property
    def user_id(self) -> str | None:
        """The person who signed in, None for a key or a link."""
        ...


SessionT = TypeVar("SessionT", bound=SignedInSession)


@dataclass(frozen=True, kw_only=True)
class AnyVisit(Generic[SessionT]):
    """A request with the session it belongs to; ``form`` holds the fields of a form, empty for others."""

    request: Request
    session: SessionT
    token: str
    now: datetime
    correlation_id: str
    form: Mapping[str, str] = field(default_factory=dict)

    @property
    def context(self) -> Context:
        """The circumstances under which a use case is called for this request."""
        client = self.request.client
        return Context(
            principal=self.session.principal,
            at=self.now,
            correlation_id=self.correlation_id,
            address=client.host if client is not None else "",
        )

    def path(self, *, name: str) -> str:
        """Return a parameter of the path."""
        return str(self.request.path_params[name])

    def asked(self, *, name: str) -> str:
        """Return a parameter of the query, empty if it is absent, never longer than anything we hand out."""
        return self.request.query_params.get(name, "")[:1_000]

    def required(self, *, name: str, maximum: int) -> str:
        """Return a field of the form without blanks around it; raises FieldMissing if it is empty or too long."""
        text = self.form.get(name, "").strip()
        if not 0 < len(text) <= maximum:
            raise FieldMissing(detail=f"{name.capitalize()} needs a text of at most {maximum} characters.")
        return text

    def sent_on(self, *, href: str) -> Response:
        """Answer a form by leading to the page that shows what it did, so that a reload does not do it again."""
        return RedirectResponse(href, status_code=303)


# The visits of one house or the other, for pages that both have.
VisitT = TypeVar("VisitT", bound=AnyVisit[Any])


@dataclass(frozen=True, kw_only=True)
class Visit(AnyVisit[Session]):
    """A request of somebody who signed in to the console."""

    def page(
        self,
        *,
        template: str,
        here: str,
        page: object,
        problem: OpenAisleError | None = None,
        more: Mapping[str, Any] | None = None,
    ) -> Response:
        """Answer with a whole page; ``problem`` is shown above it and gives the answer its status."""
        values = {
            "page": page,
            "here": here,
            "rooms": self._rooms(),
            "now": self.now,
            "signed_in_as": self.session.subject_id,
            "is_person": bool(self.session.user_id),
            "csrf": form_token(token=self.token),
            "notice": _NOTICES.get(self.asked(name="done"), ""),
            "problem": problem,
            # Where it is said, and what was sent in vain: the page itself names a form if it has several.
            "problem_at": "",
            "sent": self.form,
            **(more or {}),
        }
        status = problem.status if problem is not None else 200
        return HTMLResponse(self._permitted(rendered(template=template, values=values)), status_code=status)

    def fragment(self, *, template: str, page: object) -> Response:
        """Answer with a part of a page, which the script puts in place of the older one."""
        values = {"page": page, "now": self.now, "csrf": form_token(token=self.token)}
        html = rendered(template=f"fragments/{template}", values=values)
        return HTMLResponse(self._permitted(html))

    def _rooms(self) -> tuple[tuple[str, str, str], ...]:
        permissions = self.session.principal.permissions
        return tuple(room for room in ROOMS if permission_of_page(path=room[2]) in permissions)

    def _permitted(self, html: str) -> str:
        return without_forbidden_forms(
            html=html, permissions=self.session.principal.permissions, path=self.request.url.path
        )
