"""Signed calls of suppliers' own systems, and what of an answer is told when it is no answer."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import msgspec

from openaisle.kernel.context import Clock
from openaisle.kernel.outbound import HttpAnswer, HttpCaller, Signer
from openaisle.orders.channels.documents import UNREADABLE, BatchUnprocessable, SupplierAnsweredBadly
from openaisle.suppliers.queries import SupplierConnection

ENCODER = msgspec.json.Encoder()
_UNPROCESSABLE = frozenset({400, 409, 413, 422})
_ANSWER_BYTES_PER_ITEM = 20_000
_RETRY_AFTER_SECONDS_MAXIMUM = 3_600
_ERROR_WORDS = ("error", "errors", "fault", "exception")
_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])


class ErrorInsideAnswer(SupplierAnsweredBadly):
    """A supplier's system said 200 and told of an error in the body."""

    code = "supplier-error-inside-answer"
    title = "The supplier's system answered 200 with an error inside"
    mend = "Answer an error with a status of the 400s or 500s; what is in the body is not looked at for one."


class SignedCalls:
    """Posts signed bodies and returns answers of the 200s."""

    def __init__(self, *, caller: HttpCaller, signer: Signer, clock: Clock) -> None:
        """Take the guarded caller, the signer and the clock that dates signatures."""
        self._caller = caller
        self._signer = signer
        self._clock = clock

    async def post(
        self,
        *,
        connection: SupplierConnection,
        url: str,
        body: bytes,
        items: int,
        content_type: str = "application/json",
    ) -> HttpAnswer:
        """Post a body about so many ``items``, each of which may be answered with 20,000 bytes.

        Raises BatchUnprocessable, SupplierAnsweredBadly, AddressRefused or CallFailed.
        """
        # The identifier follows from the content: the same attempt sent twice is the same message.
        message_id = f"msg_{hashlib.blake2b(body, digest_size=15).hexdigest()}"
        headers = self._signer.headers(
            secrets=connection.signing_secrets, message_id=message_id, at=self._clock.now(), body=body
        )
        headers["content-type"] = content_type
        answer = await self._caller.call(
            method="POST",
            url=url,
            headers=headers,
            body=body,
            timeout_seconds=connection.timeout_seconds,
            maximum_answer_bytes=100_000 + items * _ANSWER_BYTES_PER_ITEM,
        )
        if 200 <= answer.status < 300:
            return answer
        error = BatchUnprocessable if answer.status in _UNPROCESSABLE else SupplierAnsweredBadly
        detail = f"It answered {answer.status}: {_said(answer.body)}"
        raise error(detail=detail, retry_after_seconds=_seconds(answer.headers))


def no_answer(*, body: bytes, wanted: str, cause: Exception) -> SupplierAnsweredBadly:
    """Return the error that names best what is wrong with a body that is not the ``wanted`` answer."""
    try:
        told = _OBJECT.decode(body)
    except UNREADABLE:
        return SupplierAnsweredBadly(detail=f"It answered no {wanted}: {cause}")
    word = next((word for word in _ERROR_WORDS if word in told), None)
    if word is None:
        return SupplierAnsweredBadly(detail=f"It answered no {wanted}: {cause}")
    return ErrorInsideAnswer(detail=f"It answered 200, and in the body: {_said(body)}")


def _seconds(headers: Mapping[str, str]) -> int | None:
    text = headers.get("retry-after", "")
    return min(int(text), _RETRY_AFTER_SECONDS_MAXIMUM) if text.isascii() and text.isdigit() else None


def _said(body: bytes) -> str:
    text = body[:200].decode(errors="replace")
    return "".join(character if character.isprintable() else " " for character in text)
