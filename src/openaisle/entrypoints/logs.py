"""Logging: one JSON object a line for machines, a short line for people."""

from __future__ import annotations

import logging
import sys
from datetime import UTC, datetime
from typing import Any

import msgspec

from openaisle.config import LogFormat, LogLevel

_USUAL = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "color_message"}


class JsonFormatter(logging.Formatter):
    """Writes a record with everything that was given as ``extra``; line breaks cannot forge a second line."""

    def __init__(self, *, process_name: str) -> None:
        super().__init__()
        self._process_name = process_name

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as one line of JSON."""
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC),
            "level": record.levelname.lower(),
            "logger": record.name,
            "process": self._process_name,
            "message": record.getMessage(),
        }
        line.update({name: value for name, value in vars(record).items() if name not in _USUAL})
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return msgspec.json.encode(line, enc_hook=repr).decode()


class TextFormatter(logging.Formatter):
    """Writes a record as a line for a person at a terminal."""

    def __init__(self, *, process_name: str) -> None:
        super().__init__(fmt=f"%(asctime)s {process_name} %(levelname)s %(message)s", datefmt="%H:%M:%S")

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as text, with what was given as ``extra`` behind it."""
        given = {name: value for name, value in vars(record).items() if name not in _USUAL}
        told = " ".join(f"{name}={value}" for name, value in given.items())
        return f"{super().format(record)} {told}".rstrip()


def set_up_logging(*, level: LogLevel, log_format: LogFormat, process_name: str) -> None:
    """Write all logs of this process to standard error, in one form."""
    handler = logging.StreamHandler(sys.stderr)
    formatter = JsonFormatter if log_format is LogFormat.JSON else TextFormatter
    handler.setFormatter(formatter(process_name=process_name))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.value.upper())
    for name in ("uvicorn", "uvicorn.error"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
    # The server's own start and stop lines repeat ours.
    logging.getLogger("uvicorn.error").setLevel(max(logging.WARNING, root.level))
