"""Signatures after Standard Webhooks, by that project's own package: the adapter of the kernel's Signer."""

from __future__ import annotations

import base64
import secrets as random_source
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from openaisle.kernel.outbound import SignatureInvalid

_SECRET_BYTES = 32


class StandardWebhooksSigner:
    """Signs with HMAC-SHA256 over ``id.timestamp.body``; see https://www.standardwebhooks.com."""

    def __init__(self, *, entropy: Callable[[int], bytes] = random_source.token_bytes) -> None:
        """Take ``entropy``, a function from a number of bytes to that many random bytes."""
        self._entropy = entropy

    def new_secret(self) -> str:
        """Return a new secret, ``whsec_`` and 32 random bytes in base 64."""
        return "whsec_" + base64.b64encode(self._entropy(_SECRET_BYTES)).decode()

    def headers(self, *, secrets: tuple[str, ...], message_id: str, at: datetime, body: bytes) -> dict[str, str]:
        """Return ``webhook-id``, ``webhook-timestamp`` and ``webhook-signature`` (one signature per secret).

        ``body`` is UTF-8; ``at`` is aware. Raises ValueError where no secret is given: an unsigned message would
        pass for a signed one on its way to a receiver that does not look.
        """
        if not secrets:
            message = "a message is signed with at least one secret"
            raise ValueError(message)
        moment, text = at.astimezone(UTC), body.decode()
        signatures = [Webhook(secret).sign(msg_id=message_id, timestamp=moment, data=text) for secret in secrets]
        return {
            "webhook-id": message_id,
            "webhook-timestamp": str(int(moment.timestamp())),
            "webhook-signature": " ".join(signatures),
        }

    def verify(self, *, secret: str, headers: Mapping[str, str], body: bytes) -> None:
        """Raise SignatureInvalid unless the headers sign this body and are at most five minutes old or ahead."""
        try:
            Webhook(secret).verify(body, dict(headers), json_parse=False)
        except WebhookVerificationError as error:
            raise SignatureInvalid(detail=f"{error}.") from error
        except ValueError as error:
            # The package lets pieces that are no signature at all, and bodies that are not UTF-8, surface as these.
            raise SignatureInvalid(detail="The signature headers or the body cannot be read.") from error
