"""The consumer of the manual-verification queue: files what was asked for as review tasks."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

import msgspec

from openaisle.kernel.context import Clock, system_context
from openaisle.kernel.queue import Message, Queue
from openaisle.reviews.use_cases import FilingRequest, QueueMessage, Reviews, WithdrawalRequest

_LOGGER = logging.getLogger(__name__)
_BATCH_SIZE = 50
_FIRST_WAIT_SECONDS = 1.0
_LONGEST_WAIT_SECONDS = 300.0


class ReviewQueueConsumer:
    """A Source: takes requests from the queue until it is told to stop.

    A message that cannot be handled comes back after a growing wait; after the queue's maximum of receives it
    stands among the dead letters, where a person sees it and can send it again.
    """

    def __init__(
        self,
        *,
        queue: Queue,
        reviews: Reviews,
        clock: Clock,
        idle_seconds: float = 0.25,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Take the queue, the use cases, the clock, and how long to wait when the queue is empty."""
        self._queue = queue
        self._reviews = reviews
        self._clock = clock
        self._idle_seconds = idle_seconds
        self._sleep = sleep
        self._decoder: msgspec.json.Decoder[QueueMessage] = msgspec.json.Decoder(QueueMessage)

    async def run(self) -> None:
        """Handle messages until canceled."""
        while True:
            try:
                handled = await self.run_once()
            except Exception:
                # Whatever it was, the messages come back; a consumer that died would leave the queue unattended.
                _LOGGER.exception("the manual-verification queue could not be read; it is tried again")
                handled = 0
            if handled == 0:
                await self._sleep(self._idle_seconds)

    async def run_once(self) -> int:
        """Handle the messages that are visible now, up to a batch; return how many came."""
        messages = await self._queue.receive(limit=_BATCH_SIZE, now=self._clock.now())
        done = [message.receipt for message in messages if await self._handled(message)]
        if done:
            await self._queue.delete(receipts=done)
        return len(messages)

    async def _handled(self, message: Message) -> bool:
        try:
            await self._handle(self._decoder.decode(message.body))
        except Exception as error:  # noqa: BLE001 - its reason is kept with the message, which is tried again
            wait_seconds = min(_FIRST_WAIT_SECONDS * 2 ** (message.received_count - 1), _LONGEST_WAIT_SECONDS)
            reason = f"{type(error).__name__}: {error}"
            await self._queue.postpone(
                receipt=message.receipt, now=self._clock.now(), seconds=wait_seconds, reason=reason[:500]
            )
            return False
        return True

    async def _handle(self, message: QueueMessage) -> None:
        at = self._clock.now()
        match message:
            case FilingRequest(request=request):
                context = system_context(name="reviews", at=at, correlation_id=request.correlation_id)
                await self._reviews.file(request=request, context=context)
            case WithdrawalRequest(task_id=task_id, reason=reason, correlation_id=correlation_id):
                context = system_context(name="reviews", at=at, correlation_id=correlation_id)
                # Missing means that the task's own request comes later: the message is postponed and tried again.
                await self._reviews.withdraw(task_id=task_id, reason=reason, context=context)
