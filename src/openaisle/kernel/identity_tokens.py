"""The port that proves ID tokens of an OpenID provider."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

from openaisle.kernel.errors import OpenAisleError


class IdentityTokenInvalid(OpenAisleError):
    """An ID token is not signed by its provider, not for us, out of date, or not the answer to our question."""

    code = "identity-token-invalid"
    title = "The identity provider's answer cannot be believed"
    status = 401
    mend = "Sign in again; if it stays, compare issuer and client id in the settings with the provider's."


class IdentityTokens(Protocol):
    """Verifies ID tokens."""

    def claims(
        self, *, token: str, key_set: bytes, issuer: str, audience: str, nonce: str, at: datetime
    ) -> Mapping[str, Any]:
        """Return the claims of a token signed with a key of ``key_set`` (a JWKS document).

        Raises IdentityTokenInvalid unless the signature is good (and not ``none`` or symmetric), issuer, audience
        and nonce are those given, and it is valid at ``at``.
        """
        ...
