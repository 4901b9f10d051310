"""Child processes kept running until the supervisor is told to stop."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from time import monotonic

from openaisle.config import ENVIRONMENT_PREFIX, Settings, settings_as_environment
from openaisle.entrypoints.stopping import SUPERVISED_VARIABLE

_logger = logging.getLogger("openaisle.serve")
_PAUSE_SECONDS_MINIMUM = 0.2
_PAUSE_SECONDS_MAXIMUM = 15.0
_HEALTHY_SECONDS = 30.0
# A child gets the time that it was given for stopping, and this much more before it is killed.
_GRACE_SECONDS = 5.0


@dataclass(frozen=True, kw_only=True)
class Child:
    """A process to keep running: ``module`` is run by this Python, ``descriptors`` are handed over."""

    name: str
    module: str
    arguments: tuple[str, ...] = ()
    descriptors: tuple[int, ...] = ()


def child_environment(*, settings: Settings) -> dict[str, str]:
    """Return the environment in which a child finds just these settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ENVIRONMENT_PREFIX)}
    return {**kept, **settings_as_environment(settings=settings), SUPERVISED_VARIABLE: "1"}


def marketplace_children(*, settings: Settings, listening: socket.socket, with_worker: bool) -> list[Child]:
    """Return the processes of a marketplace: those that answer HTTP on the socket, and the worker."""
    # Every API process accepts from this one socket, so one that ends loses no connection that waits.
    descriptor = listening.fileno()
    children = [
        Child(
            name=f"api-{number}",
            module="openaisle.entrypoints.http.process",
            arguments=("--descriptor", str(descriptor)),
            descriptors=(descriptor,),
        )
        for number in range(1, settings.processes + 1)
    ]
    if with_worker:
        children.append(Child(name="worker", module="openaisle.entrypoints.worker"))
    return children


async def keep_running(*, children: Sequence[Child], settings: Settings, stopped: asyncio.Event) -> None:
    """Run all children, start those again that end, and stop all of them once ``stopped`` is set."""
    environment = child_environment(settings=settings)
    await asyncio.gather(
        *(_keep_one(child=child, environment=environment, settings=settings, stopped=stopped) for child in children)
    )


async def _keep_one(
    *, child: Child, environment: Mapping[str, str], settings: Settings, stopped: asyncio.Event
) -> None:
    pause = _PAUSE_SECONDS_MINIMUM
    stop = asyncio.create_task(stopped.wait())
    while not stopped.is_set():
        began = monotonic()
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            child.module,
            *child.arguments,
            env=environment,
            stdin=asyncio.subprocess.PIPE,
            pass_fds=child.descriptors,
            # A process group of its own, so that an interrupt at the keyboard reaches it through us, in order.
            start_new_session=True,
        )
        ended = asyncio.create_task(process.wait())
        await asyncio.wait((ended, stop), return_when=asyncio.FIRST_COMPLETED)
        if stopped.is_set():
            await _stop(process=process, ended=ended, seconds=settings.stop_seconds_maximum + _GRACE_SECONDS)
            return
        if monotonic() - began > _HEALTHY_SECONDS:
            pause = _PAUSE_SECONDS_MINIMUM
        _logger.error(
            "process ended, it is started again",
            extra={"child": child.name, "status": process.returncode, "again_in_seconds": pause},
        )
        await asyncio.wait((stop,), timeout=pause)
        pause = min(pause * 2, _PAUSE_SECONDS_MAXIMUM)


async def _stop(*, process: asyncio.subprocess.Process, ended: asyncio.Task[int], seconds: float) -> None:
    if process.returncode is None:
        process.terminate()
    done, _ = await asyncio.wait((ended,), timeout=seconds)
    if not done:
        process.kill()
        await ended
