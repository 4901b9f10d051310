"""``make simulate``: live through worlds until a million events held, or through one world again.

The seeds are shared by as many processes as the machine has cores. Sets of texts have another order in each run of
Python unless it is told otherwise, so every run is told: the same seed then gives the same world.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import os
import sys
import tempfile
import time
from pathlib import Path

import msgspec

from tests.simulation.ground import SUPPLIERS_COUNT, prepared_ground
from tests.simulation.world import Plan, SimulationFailed, Told, planned, simulated

_MILLION = 1_000_000
_TOLD_EVERY_SECONDS = 10.0
_TRACE_LINES = 120


class Tally(msgspec.Struct, kw_only=True):
    """What many worlds came to."""

    worlds: int = 0
    events: int = 0
    commits: int = 0
    calls: int = 0
    crashes: int = 0
    placed: int = 0
    refused: int = 0
    answers: dict[str, int] = {}

    def add(self, told: Told | Tally) -> None:
        """Count a world, or what another process counted."""
        self.worlds += told.worlds if isinstance(told, Tally) else 1
        for name in ("events", "commits", "calls", "crashes", "placed", "refused"):
            setattr(self, name, getattr(self, name) + getattr(told, name))
        for answer, count in told.answers.items():
            self.answers[answer] = self.answers.get(answer, 0) + count

    def text(self) -> str:
        """Return it as a sentence."""
        return (
            f"{self.worlds:,} worlds, {self.events:,} events: {self.placed:,} orders placed, {self.refused:,} refused,"
            f" {self.commits:,} commits, {self.calls:,} calls of suppliers, {self.crashes:,} crashes"
        )


def parsed_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seed", type=int, help="live through this one world and tell what happens in it")
    parser.add_argument("--first", type=int, default=0, help="the first seed (0)")
    parser.add_argument("--seeds", type=int, help="how many seeds")
    parser.add_argument("--events", type=int, help=f"as many seeds as make so many events ({_MILLION:,})")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--step", type=int, default=1, help="from one seed to the next (1)")
    parser.add_argument("--answers", action="store_true", help="tell in the end what the API answered how often")
    parser.add_argument("--alone", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


def main() -> int:
    if os.environ.get("PYTHONHASHSEED") != "0":
        arguments = [sys.executable, "-m", "tests.simulation", *sys.argv[1:]]
        os.execve(sys.executable, arguments, {**os.environ, "PYTHONHASHSEED": "0"})
    arguments = parsed_arguments()
    if arguments.seed is not None:
        return lived_again(seed=arguments.seed)
    if arguments.alone:
        return lived_alone(arguments=arguments)
    return asyncio.run(shared(arguments=arguments))


def lived_again(*, seed: int) -> int:
    """Live through one world and tell its end; after a failure also what came before it."""
    trace: list[str] = []
    with tempfile.TemporaryDirectory(prefix="openaisle-simulation-") as place:
        ground = prepared_ground(directory=Path(place) / "home")
        plan = planned(seed=seed, suppliers=SUPPLIERS_COUNT)
        told_plan(plan)
        try:
            told = simulated(plan=plan, ground=ground, store_file=Path(place) / "store.db", trace=trace.append)
        except SimulationFailed as failed:
            sys.stdout.write("\n".join(trace[-_TRACE_LINES:]))
            sys.stdout.write(f"\n{failed}\n")
            return 1
    sys.stdout.write(f"{told}\nEvery invariant held.\n")
    return 0


def told_plan(plan: Plan) -> None:
    sys.stdout.write("".join(f"{name}: {getattr(plan, name)}\n" for name in plan.__struct_fields__))


def lived_alone(*, arguments: argparse.Namespace) -> int:
    """Live through this process's share; tells a tally as JSON on a line whenever some time has passed."""
    tally, told_at = Tally(), time.monotonic()
    seed = arguments.first
    with tempfile.TemporaryDirectory(prefix="openaisle-simulation-") as place:
        ground = prepared_ground(directory=Path(place) / "home")
        gc.freeze()
        while not _is_enough(tally=tally, arguments=arguments):
            plan = planned(seed=seed, suppliers=SUPPLIERS_COUNT)
            try:
                tally.add(simulated(plan=plan, ground=ground, store_file=Path(place) / "store.db"))
            except SimulationFailed as failed:
                sys.stderr.write(f"{failed}\n")
                return 1
            seed += arguments.step
            if time.monotonic() - told_at > _TOLD_EVERY_SECONDS:
                told_at = time.monotonic()
                _tell(tally)
        _tell(tally)
    return 0


def _is_enough(*, tally: Tally, arguments: argparse.Namespace) -> bool:
    if arguments.seeds is not None:
        return tally.worlds >= int(arguments.seeds)
    return tally.events >= int(arguments.events or _MILLION)


def _tell(tally: Tally) -> None:
    sys.stdout.write(msgspec.json.encode(tally).decode() + "\n")
    sys.stdout.flush()


async def _started(*, number: int, processes: int, arguments: argparse.Namespace) -> asyncio.subprocess.Process:
    share = ["--alone", "--first", str(arguments.first + number), "--step", str(processes)]
    if arguments.seeds is not None:
        share += ["--seeds", str(len(range(number, arguments.seeds, processes)))]
    else:
        share += ["--events", str(-(-(arguments.events or _MILLION) // processes))]
    command = [sys.executable, "-m", "tests.simulation", *share]
    return await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)


async def shared(*, arguments: argparse.Namespace) -> int:
    """Share the seeds among processes, and tell how far they are; the first failure ends all."""
    processes = max(1, arguments.processes)
    tallies = [Tally() for _ in range(processes)]
    began = time.monotonic()
    children = [await _started(number=number, processes=processes, arguments=arguments) for number in range(processes)]

    async def follow(number: int) -> int:
        child = children[number]
        assert child.stdout is not None
        async for line in child.stdout:
            if not line.startswith(b"{"):
                # An engine written in another language may talk of itself.
                sys.stderr.buffer.write(line)
                continue
            tallies[number] = msgspec.json.decode(line, type=Tally)
            sys.stdout.write(f"{time.monotonic() - began:6.0f} s  {_summed(tallies).text()}\n")
            sys.stdout.flush()
        status = await child.wait()
        if status:
            for other in children:
                if other.returncode is None:
                    other.terminate()
        return status

    statuses = await asyncio.gather(*(follow(number) for number in range(processes)))
    if any(statuses):
        sys.stdout.write("A world failed; its seed stands above.\n")
        return 1
    whole = _summed(tallies)
    if arguments.answers:
        sys.stdout.write("".join(f"{count:9,} {answer}\n" for answer, count in sorted(whole.answers.items())))
    sys.stdout.write(f"Every invariant held: {whole.text()}.\n")
    return 0


def _summed(tallies: list[Tally]) -> Tally:
    whole = Tally()
    for one in tallies:
        whole.add(one)
    return whole


if __name__ == "__main__":
    sys.exit(main())
