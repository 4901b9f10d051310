"""What asks a process to stop, as an event."""

from __future__ import annotations

import asyncio
import os
import signal
import sys

SUPERVISED_VARIABLE = "SUPERVISED_OPENAISLE"


def stop_event() -> asyncio.Event:
    """Return an event that SIGTERM or SIGINT sets; belongs to the running loop.

    A process that was started by a supervisor also stops when its standard input ends, which happens however the
    supervisor ends: so a supervisor that is killed leaves nobody behind on the port.
    """
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    if os.environ.get(SUPERVISED_VARIABLE):
        descriptor = sys.stdin.fileno()

        def input_ended() -> None:
            if not os.read(descriptor, 1):
                loop.remove_reader(descriptor)
                stopped.set()

        loop.add_reader(descriptor, input_ended)
    return stopped
