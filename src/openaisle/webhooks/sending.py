"""One signed call to an endpoint, for new events as for those that are sent again."""

from __future__ import annotations

from collections.abc import Sequence

from openaisle.kernel.context import Clock
from openaisle.kernel.errors import OpenAisleError
from openaisle.kernel.outbound import HttpAnswer, HttpCaller, Signer
from openaisle.webhooks.attempts import Outcome
from openaisle.webhooks.cloud_events import (
    BATCH_MEDIA_TYPE,
    SINGLE_MEDIA_TYPE,
    OutgoingEvent,
    batch_body,
    message_id,
)
from openaisle.webhooks.model import WebhookEndpoint
from openaisle.webhooks.use_cases import WebhookEndpoints

RESEND_HEADER = "webhook-resend"
_TIMEOUT_SECONDS = 15.0
_MAXIMUM_ANSWER_BYTES = 100_000
_GONE = 410


class EndpointCaller:
    """Signs and sends."""

    def __init__(self, *, endpoints: WebhookEndpoints, caller: HttpCaller, signer: Signer, clock: Clock) -> None:
        """Take who knows the secrets, and the ports."""
        self._endpoints = endpoints
        self._caller = caller
        self._signer = signer
        self._clock = clock

    async def send(
        self, *, endpoint: WebhookEndpoint, events: Sequence[OutgoingEvent], resend_id: str | None = None
    ) -> Outcome:
        """Send one call, signed with the time of now; a resend says in a header that it is one."""
        now = self._clock.now()
        is_batch = endpoint.batch_size > 1
        body = batch_body(events=events) if is_batch else events[0].encoded
        identifier = message_id(endpoint_id=endpoint.endpoint_id, events=events)
        status: int | None = None
        retry_after: float | None = None
        error = ""
        try:
            secrets = self._endpoints.signing_secrets(endpoint=endpoint, at=now)
            headers = self._signer.headers(secrets=secrets, message_id=identifier, at=now, body=body)
            headers["content-type"] = BATCH_MEDIA_TYPE if is_batch else SINGLE_MEDIA_TYPE
            if resend_id is not None:
                headers[RESEND_HEADER] = resend_id
            answer = await self._caller.call(
                method="POST",
                url=endpoint.url,
                headers=headers,
                body=body,
                timeout_seconds=_TIMEOUT_SECONDS,
                maximum_answer_bytes=_MAXIMUM_ANSWER_BYTES,
            )
        except OpenAisleError as failure:
            # Refused, timed out, failed, or a secret that cannot be read: all are told in the endpoint's status.
            error = failure.detail or "The call failed."
        else:
            status, retry_after, error = answer.status, _pause_asked(answer), _error_of(answer)
        return Outcome(
            at=now,
            message_id=identifier,
            duration_milliseconds=int((self._clock.now() - now).total_seconds() * 1000),
            status=status,
            error=error,
            gone=status == _GONE,
            retry_after_seconds=retry_after,
        )


def _error_of(answer: HttpAnswer) -> str:
    if 200 <= answer.status < 300:
        return ""
    return "The receiver answered 410 Gone." if answer.status == _GONE else f"The receiver answered {answer.status}."


def _pause_asked(answer: HttpAnswer) -> float | None:
    asked = answer.headers.get("retry-after", "").strip()
    # The other form, a date, is so rare with machines that our own pause serves as well.
    return float(asked) if asked.isascii() and asked.isdigit() and len(asked) < 7 else None
