"""What webhooks keep beside their endpoints, put together over the ports: log, resends, events by cursor, mails."""

from __future__ import annotations

from dataclasses import dataclass

from openaisle.bootstrap.engines import Engines
from openaisle.bootstrap.event_types import event_types
from openaisle.kernel.http import Operation
from openaisle.kernel.pipe import Pipe
from openaisle.mail.use_cases import Mail
from openaisle.webhooks.event_log import EventLog
from openaisle.webhooks.log_queries import DeliveryLog
from openaisle.webhooks.log_routes import log_operations
from openaisle.webhooks.mails import WebhookMails
from openaisle.webhooks.resend_use_cases import WebhookResends
from openaisle.webhooks.use_cases import WebhookEndpoints


@dataclass(frozen=True, kw_only=True)
class WebhookLogs:
    """What can be told of deliveries and of events that happened, and what sends them again."""

    log: DeliveryLog
    resends: WebhookResends
    events: EventLog

    def operations(self) -> tuple[Operation, ...]:
        """Return the HTTP operations."""
        return log_operations(log=self.log, resends=self.resends, events=self.events)


def webhook_logs_over(*, engines: Engines) -> WebhookLogs:
    """Return the logs."""
    table, stream = engines.table, engines.stream
    return WebhookLogs(
        log=DeliveryLog(table=table),
        resends=WebhookResends(table=table, stream=stream, identifiers=engines.identifiers),
        events=EventLog(stream=stream, known_event_types=event_types()),
    )


def webhook_mails(*, engines: Engines, endpoints: WebhookEndpoints, mail: Mail) -> Pipe:
    """Return the pipe that writes mails about endpoints."""
    settings = engines.settings
    return WebhookMails(
        mail=mail,
        endpoints=endpoints,
        clock=engines.clock,
        public_address=settings.reached_at,
        operator_mail=settings.operator_mail,
        language=settings.operator_language,
    ).pipe()
