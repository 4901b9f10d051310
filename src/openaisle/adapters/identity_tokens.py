"""ID tokens verified with joserfc."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from openaisle.kernel.identity_tokens import IdentityTokenInvalid

# Signatures by a key of the provider's own; never "none", and never a secret that we know too.
_ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
_CLOCK_LEEWAY_SECONDS = 60
_MAXIMUM_CHARACTERS = 20_000


class JoserfcIdentityTokens:
    """Implements the IdentityTokens port."""

    def claims(
        self, *, token: str, key_set: bytes, issuer: str, audience: str, nonce: str, at: datetime
    ) -> Mapping[str, Any]:
        """Return the claims of a token; raises IdentityTokenInvalid."""
        # Most processes never meet a token, so they are spared the import.
        from joserfc import jwt
        from joserfc.errors import JoseError
        from joserfc.jwk import KeySet

        if len(token) > _MAXIMUM_CHARACTERS:
            raise IdentityTokenInvalid(detail="The ID token is too long.")
        try:
            keys = KeySet.import_key_set(msgspec.json.decode(key_set))
            decoded = jwt.decode(token, keys, algorithms=_ALGORITHMS)
            registry = jwt.JWTClaimsRegistry(
                now=int(at.timestamp()),
                leeway=_CLOCK_LEEWAY_SECONDS,
                iss={"essential": True, "value": issuer},
                aud={"essential": True, "value": audience},
                sub={"essential": True},
                exp={"essential": True},
                iat={"essential": True},
                nonce={"essential": True, "value": nonce},
            )
            registry.validate(decoded.claims)
        except (JoseError, ValueError, TypeError, KeyError, AttributeError) as error:
            raise IdentityTokenInvalid(detail=f"The ID token was refused: {type(error).__name__}.") from None
        _require_party(claims=decoded.claims, audience=audience)
        return decoded.claims


def _require_party(*, claims: Mapping[str, Any], audience: str) -> None:
    # A token for several audiences names the one it was made for.
    if isinstance(claims["aud"], list) and len(claims["aud"]) > 1 and claims.get("azp") != audience:
        raise IdentityTokenInvalid(detail="The ID token was made for another application.")
