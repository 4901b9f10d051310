"""A small OpenID provider that answers over HTTP: discovery, keys, and the exchange of a code with PKCE."""

from __future__ import annotations

import base64
import hashlib
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from aiohttp import web
from joserfc import jwt
from joserfc.jwk import KeySet, OctKey, RSAKey


class FakeOidcProvider:
    """Signs in whoever a test says; ``claims`` and ``header`` change what its tokens say."""

    def __init__(self) -> None:
        self.issuer = ""
        self.key = RSAKey.generate_key(2048, parameters={"kid": "one", "use": "sig", "alg": "RS256"})
        self.claims: dict[str, Any] = {
            "sub": "person-1",
            "email": "ana@marketplace.example",
            "email_verified": True,
            "name": "Ana",
            "groups": ["marketplace-reviewers"],
        }
        self.algorithm = "RS256"
        self.signing_key: Any = self.key
        self.now = lambda: int(time.time())
        self.exchanges: list[dict[str, str]] = []
        self._visits: dict[str, dict[str, str]] = {}

    def authorize(self, address: str) -> dict[str, str]:
        """Do what the provider's pages do once the person has signed in; return what the browser brings back."""
        asked = dict(parse_qsl(urlsplit(address).query))
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe(16)
        self._visits[code] = asked
        return {"state": asked["state"], "code": code}

    async def discovery(self, request: web.Request) -> web.Response:
        return web.json_response(
            {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/keys",
            }
        )

    async def keys(self, request: web.Request) -> web.Response:
        return web.json_response(KeySet([self.key]).as_dict(private=False))

    async def token(self, request: web.Request) -> web.Response:
        form = {name: str(value) for name, value in (await request.post()).items()}
        self.exchanges.append(form)
        visit = self._visits.pop(form["code"], None)
        if visit is None or not self._fits(visit=visit, form=form):
            return web.json_response({"error": "invalid_grant"}, status=400)
        now = self.now()
        claims = {
            "iss": self.issuer,
            "aud": visit["client_id"],
            "iat": now,
            "exp": now + 300,
            "nonce": visit["nonce"],
            **self.claims,
        }
        header = {"alg": self.algorithm, "kid": "one"}
        text = jwt.encode(header, claims, self.signing_key, algorithms=[self.algorithm])
        return web.json_response({"access_token": "x", "token_type": "Bearer", "id_token": text})

    def forge_with_public_key(self) -> None:
        """Sign by HMAC with the public key, which everybody knows."""
        self.algorithm = "HS256"
        self.signing_key = OctKey.import_key({"kty": "oct", "k": str(self.key.as_dict(private=False)["n"])})

    def _fits(self, *, visit: dict[str, str], form: dict[str, str]) -> bool:
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).rstrip(b"=")
        return (
            challenge.decode() == visit["code_challenge"]
            and form["redirect_uri"] == visit["redirect_uri"]
            and form["client_id"] == visit["client_id"]
            and form.get("client_secret") == "between us"
        )


@asynccontextmanager
async def running_provider() -> AsyncIterator[FakeOidcProvider]:
    """A provider that listens on this machine."""
    provider = FakeOidcProvider()
    application = web.Application()
    application.router.add_get("/.well-known/openid-configuration", provider.discovery)
    application.router.add_get("/keys", provider.keys)
    application.router.add_post("/token", provider.token)
    runner = web.AppRunner(application, shutdown_timeout=0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    provider.issuer = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield provider
    finally:
        await runner.cleanup()
