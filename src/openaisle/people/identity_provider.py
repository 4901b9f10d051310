"""Sign in the operator's staff by the operator's own OpenID provider: authorization code with PKCE."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, TypeVar
from urllib.parse import urlencode

import msgspec

from openaisle.kernel.context import Context, Role
from openaisle.kernel.encryption import FieldCipher
from openaisle.kernel.errors import OpenAisleError
from openaisle.kernel.identity_tokens import IdentityTokens
from openaisle.kernel.outbound import HttpCaller
from openaisle.kernel.permissions import STAFF_PERMISSIONS, UserRole
from openaisle.kernel.table import CommitRefused, Table, Write
from openaisle.people.audit import AuditTrail
from openaisle.people.model import TOKEN_BYTES, User, UserState, digest, invited_user, user_id_of
from openaisle.people.repository import FLOWS, USERS, ProviderFlow, flow_key, user_key
from openaisle.people.sessions import UserSessions
from openaisle.people.sign_in import SignedIn

ModelT = TypeVar("ModelT", bound=msgspec.Struct)

_FLOW_SECONDS = 600
_CALL_SECONDS = 10.0
_MAXIMUM_ANSWER_BYTES = 200_000
_DISCOVERY = "/.well-known/openid-configuration"
_FORM = {"content-type": "application/x-www-form-urlencoded", "accept": "application/json"}


class ProviderAbsent(OpenAisleError):
    """No identity provider is set up."""

    code = "provider-absent"
    title = "There is no identity provider"
    status = 404
    mend = "Sign in with e-mail address and password, or set oidc_issuer and oidc_client_id."


class ProviderUnusable(OpenAisleError):
    """The identity provider cannot be reached, or answers what no OpenID provider answers."""

    code = "provider-unusable"
    title = "The identity provider gave no usable answer"
    status = 502
    mend = "Try again; if it stays, compare the settings oidc_issuer and oidc_client_id with the provider's."


class ProviderSignInRefused(OpenAisleError):
    """The identity provider says who it is, and that person may not sign in here, or not in this browser."""

    code = "provider-sign-in-refused"
    title = "The identity provider's answer does not open a session"
    status = 403
    mend = "Begin again from the sign-in page; ask an administrator which group of the provider gives you a role."


class ProviderSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How the identity provider is reached, and which value of a claim gives which role, the first that fits."""

    issuer: str
    client_id: str
    client_secret: str
    roles_claim: str
    roles: tuple[tuple[str, UserRole], ...]
    redirect_address: str


class Departure(msgspec.Struct, frozen=True, kw_only=True):
    """Where to send the browser, and the token that its cookie keeps until it comes back."""

    address: str
    browser_token: str


class _Discovered(msgspec.Struct, frozen=True, kw_only=True):
    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str


class _Tokens(msgspec.Struct, frozen=True, kw_only=True):
    id_token: str


def role_pairs(*, texts: tuple[str, ...]) -> tuple[tuple[str, UserRole], ...]:
    """Return the pairs of texts like ``group=role``; raises ValueError for a role that staff do not have."""
    pairs = []
    for text in texts:
        group, _, name = text.rpartition("=")
        if not group or name not in {role.value for role in STAFF_PERMISSIONS}:
            message = f"{text!r} is not a group and a role of the staff, as admins=administrator"
            raise ValueError(message)
        pairs.append((group, UserRole(name)))
    return tuple(pairs)


class StaffIdentityProvider:
    """The use cases of signing in by the identity provider."""

    def __init__(
        self,
        *,
        table: Table,
        sessions: UserSessions,
        audit: AuditTrail,
        caller: HttpCaller,
        tokens: IdentityTokens,
        cipher: FieldCipher,
        entropy: Callable[[int], bytes],
        settings: ProviderSettings | None,
    ) -> None:
        """Take the ports, the sessions it opens, the audit trail, and the settings, None where there is none."""
        self._table = table
        self._sessions = sessions
        self._audit = audit
        self._caller = caller
        self._tokens = tokens
        self._cipher = cipher
        self._entropy = entropy
        self._settings = settings

    @property
    def is_offered(self) -> bool:
        """Whether a provider is set up."""
        return self._settings is not None

    async def begin(self, *, next_path: str, context: Context) -> Departure:
        """Return where to send the browser; raises ProviderAbsent, ProviderUnusable."""
        settings = self._require_settings()
        found = await self._discovered(settings)
        state, nonce, verifier, browser_token = (self._token() for _ in range(4))
        flow = ProviderFlow(
            state_sha256=digest(token=state),
            browser_sha256=digest(token=browser_token),
            nonce=nonce,
            verifier_ciphertext=self._cipher.encrypt(plaintext=verifier.encode(), place=_verifier_place(state)),
            next_path=next_path,
            ends_at=context.at + timedelta(seconds=_FLOW_SECONDS),
        )
        await self._table.commit(writes=[FLOWS.create(flow)], context=context)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        asked = {
            "response_type": "code",
            "client_id": settings.client_id,
            "redirect_uri": settings.redirect_address,
            "scope": "openid email profile",
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        joint = "&" if "?" in found.authorization_endpoint else "?"
        return Departure(
            address=f"{found.authorization_endpoint}{joint}{urlencode(asked)}", browser_token=browser_token
        )

    async def finish(self, *, state: str, code: str, browser_token: str, context: Context) -> tuple[SignedIn, str]:
        """Open a session for who comes back with a code; return it and the path that was wanted.

        Raises ProviderAbsent, ProviderUnusable, IdentityTokenInvalid, ProviderSignInRefused.
        """
        settings = self._require_settings()
        flow = await self._taken_flow(state=state, browser_token=browser_token, context=context)
        found = await self._discovered(settings)
        verifier = self._cipher.decrypt(ciphertext=flow.verifier_ciphertext, place=_verifier_place(state)).decode()
        answered = await self._exchanged(settings=settings, found=found, code=code, verifier=verifier)
        key_set = await self._got(url=found.jwks_uri)
        claims = self._tokens.claims(
            token=answered.id_token,
            key_set=key_set,
            issuer=settings.issuer,
            audience=settings.client_id,
            nonce=flow.nonce,
            at=context.at,
        )
        signed_in = await self._admitted(settings=settings, claims=claims, context=context)
        return signed_in, flow.next_path

    async def _taken_flow(self, *, state: str, browser_token: str, context: Context) -> ProviderFlow:
        """Return the visit that was begun in this browser and use it up."""
        refused = ProviderSignInRefused(detail="This answer was not asked for in this browser, or it came too late.")
        item = await self._table.get(key=flow_key(state_sha256=digest(token=state)))
        if item is None:
            raise refused
        found = FLOWS.decode(item)
        same_browser = hmac.compare_digest(found.record.browser_sha256, digest(token=browser_token))
        if not same_browser or found.record.ends_at <= context.at:
            raise refused
        try:
            await self._table.commit(writes=[FLOWS.remove(found.record, version=found.version)], context=context)
        except CommitRefused:
            raise refused from None
        return found.record

    async def _exchanged(self, *, settings: ProviderSettings, found: _Discovered, code: str, verifier: str) -> _Tokens:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": settings.redirect_address,
            "client_id": settings.client_id,
            "code_verifier": verifier,
        }
        if settings.client_secret:
            form["client_secret"] = settings.client_secret
        answer = await self._caller.call(
            method="POST",
            url=found.token_endpoint,
            headers=_FORM,
            body=urlencode(form).encode(),
            timeout_seconds=_CALL_SECONDS,
            maximum_answer_bytes=_MAXIMUM_ANSWER_BYTES,
        )
        if answer.status != 200:
            raise ProviderSignInRefused(detail=f"The provider refused the code with status {answer.status}.")
        return _decoded(answer.body, _Tokens)

    async def _admitted(self, *, settings: ProviderSettings, claims: Mapping[str, Any], context: Context) -> SignedIn:
        email, subject = claims.get("email"), claims.get("sub")
        if not isinstance(email, str) or "@" not in email or not isinstance(subject, str):
            raise ProviderSignInRefused(detail="The provider names no e-mail address.")
        if claims.get("email_verified") is not True:
            raise ProviderSignInRefused(detail="The provider has not verified the e-mail address.")
        role = _role(settings=settings, claims=claims)
        identity = f"{settings.issuer}#{subject}"
        item = await self._table.get(key=user_key(user_id=user_id_of(email=email)))
        if item is None:
            name = claims.get("name")
            fresh = invited_user(
                email=email,
                name=name[:100] if isinstance(name, str) and name else email,
                role=role,
                party=Role.OPERATOR,
                supplier_id=None,
                context=context,
            )
            user = msgspec.structs.replace(fresh, state=UserState.ACTIVE, provider_subject=identity)
            write: Write = USERS.create(user)
        else:
            known = USERS.decode(item)
            _require_same(user=known.record, identity=identity)
            generation = known.record.generation + (1 if known.record.role is not role else 0)
            user = msgspec.structs.replace(
                known.record, role=role, state=UserState.ACTIVE, provider_subject=identity, generation=generation
            )
            write = USERS.replace(user, version=known.version)
        opened, session, token = self._sessions.prepared(user=user, way="identity provider", context=context)
        entry = self._audit.entry(
            action="signed_in",
            subject=user.user_id,
            context=context,
            user_id=user.user_id,
            details={"way": "identity provider", "role": role.value},
        )
        await self._table.commit(writes=[write, opened, entry], context=context)
        return SignedIn(user=user, session=session, token=token)

    async def _discovered(self, settings: ProviderSettings) -> _Discovered:
        body = await self._got(url=settings.issuer.rstrip("/") + _DISCOVERY)
        found = _decoded(body, _Discovered)
        if found.issuer != settings.issuer:
            raise ProviderUnusable(detail="The provider calls itself by another issuer than the settings.")
        return found

    async def _got(self, *, url: str) -> bytes:
        answer = await self._caller.call(
            method="GET",
            url=url,
            headers={"accept": "application/json"},
            body=b"",
            timeout_seconds=_CALL_SECONDS,
            maximum_answer_bytes=_MAXIMUM_ANSWER_BYTES,
        )
        if answer.status != 200:
            raise ProviderUnusable(detail=f"The provider answered with status {answer.status}.")
        return answer.body

    def _require_settings(self) -> ProviderSettings:
        if self._settings is None:
            raise ProviderAbsent(detail="None is set up.")
        return self._settings

    def _token(self) -> str:
        return base64.urlsafe_b64encode(self._entropy(TOKEN_BYTES)).rstrip(b"=").decode()


def _verifier_place(state: str) -> str:
    return f"PROVIDER_FLOW#{digest(token=state)}/verifier"


def _role(*, settings: ProviderSettings, claims: Mapping[str, Any]) -> UserRole:
    given = claims.get(settings.roles_claim, [])
    several = given if isinstance(given, list) else [given]
    groups = {one for one in several if isinstance(one, str)}
    for group, role in settings.roles:
        if group in groups:
            return role
    raise ProviderSignInRefused(detail="None of your groups at the provider gives a role here.")


def _require_same(*, user: User, identity: str) -> None:
    if user.party is not Role.OPERATOR:
        raise ProviderSignInRefused(detail="That e-mail address belongs to a supplier's user.")
    if user.state is UserState.DISABLED:
        raise ProviderSignInRefused(detail="The account is disabled.")
    if user.provider_subject is not None and user.provider_subject != identity:
        raise ProviderSignInRefused(detail="That e-mail address belongs to another identity of the provider.")


def _decoded(body: bytes, model: type[ModelT]) -> ModelT:
    try:
        return msgspec.json.decode(body, type=model)
    except msgspec.DecodeError:
        raise ProviderUnusable(detail="The provider's answer is not what OpenID Connect prescribes.") from None
