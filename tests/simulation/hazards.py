"""What befalls the marketplace's processes: crashes around a commit and anywhere else, pauses, clocks set wrong."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from random import Random

from tests.simulation.house import MarketplaceProcess
from tests.simulation.loop import Disk, LifeProcess, SimulatedLoop


class HazardousDisk(Disk):
    """Now slow, now the last thing that a process saw."""

    def __init__(self, *, random: Random, committed: Callable[[], None], crashes: float) -> None:
        """``crashes`` is the chance that a process dies around a commit."""
        self._random = random
        self._committed = committed
        self.crashes = crashes
        self.commits = 0

    def seconds(self) -> float:
        random = self._random
        return random.uniform(0.0002, 0.004) if random.random() > 0.03 else random.uniform(0.05, 1.5)

    def dies_before(self, *, process: LifeProcess, statement: str) -> bool:
        return statement == "COMMIT" and self._random.random() < self.crashes / 2

    def dies_after(self, *, process: LifeProcess, statement: str) -> bool:
        return self._random.random() < self.crashes / 2

    def committed(self) -> None:
        self.commits += 1
        self._committed()


class Hazards:
    """Kills, pauses and misleads processes until the world is calm, and starts again those that died."""

    def __init__(
        self,
        *,
        loop: SimulatedLoop,
        random: Random,
        processes: Callable[[], list[MarketplaceProcess]],
        restart: Callable[[], None],
        is_calm: Callable[[], bool],
        mean_seconds: float,
    ) -> None:
        self.crashes = 0
        self._loop = loop
        self._random = random
        self._processes = processes
        self._restart = restart
        self._is_calm = is_calm
        self._mean_seconds = mean_seconds

    async def strike(self) -> None:
        """One misfortune after the other."""
        random = self._random
        while True:
            await asyncio.sleep(random.expovariate(1 / self._mean_seconds))
            if self._is_calm():
                for process in self._processes():
                    process.clock.off_by = timedelta()
                return
            victim = random.choice(self._processes())
            chosen = random.random()
            if chosen < 0.5:
                self._loop.kill(victim.life)
            elif chosen < 0.75:
                self._loop.pause(victim.life, seconds=random.choice((0.5, 5.0, 25.0)))
            else:
                hours = random.choice((-2.0, -0.01, 0.002, 0.01, 0.05))
                self._loop.note(f"the clock of {victim.life.name} is off by {hours} h")
                victim.clock.off_by = timedelta(hours=hours)

    async def mend(self) -> None:
        """Start again what died, after a while."""
        while True:
            await asyncio.sleep(self._random.uniform(0.3, 3))
            dead = [process for process in self._processes() if process.life.is_dead]
            if dead:
                self.crashes += len(dead)
                self._restart()
