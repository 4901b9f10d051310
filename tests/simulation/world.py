"""One simulated world: from a seed to a verdict."""

from __future__ import annotations

import asyncio
import logging
import random as machine_random
from collections.abc import Callable
from pathlib import Path
from random import Random

import apsw
import msgspec

from openaisle.adapters.local.connection import open_connection
from tests.simulation.checker import Checker
from tests.simulation.ground import Ground
from tests.simulation.hazards import HazardousDisk, Hazards
from tests.simulation.house import Api, MarketplaceProcess
from tests.simulation.loop import SimulatedLoop, Violation
from tests.simulation.network import Network
from tests.simulation.service import CustomerService
from tests.simulation.storefronts import Storefront
from tests.simulation.suppliers import Character, Supplier
from tests.simulation.workers import DrivenWorker, News, start_whole_worker

_TROUBLED_SECONDS = 45.0
# A clock that was set wrong while an order was held may move a deadline by as long as a hold may last.
_CALM_SECONDS_MAXIMUM = 9_000.0
_LOOK_EVERY_SECONDS = 5.0
_APIS = 2


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What a seed decides before anything happens."""

    seed: int
    orders: int
    badness: float
    crashes: float
    mean_seconds: float
    whole: bool
    characters: tuple[Character, ...]


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What happened in a world in which everything held."""

    seed: int
    digest: str
    events: int
    steps: int
    commits: int
    calls: int
    crashes: int
    placed: int
    refused: int
    seconds: float
    answers: dict[str, int]


class SimulationFailed(AssertionError):
    """A seed for which an invariant does not hold."""

    def __init__(self, *, plan: Plan, cause: BaseException) -> None:
        self.plan = plan
        super().__init__(
            f"seed {plan.seed}: {type(cause).__name__}: {cause}\n{plan}\nAgain: make simulate SEED={plan.seed}"
        )


def planned(*, seed: int, suppliers: int, orders: int | None = None, whole: bool | None = None) -> Plan:
    """Return what follows from a seed; one world in sixty runs the runners themselves."""
    random = Random(seed)
    characters = random.choices(tuple(Character), k=suppliers)
    if random.random() < 0.7:
        characters[random.randrange(suppliers)] = Character.RELIABLE
    return Plan(
        seed=seed,
        orders=orders or random.choice((1, 2, 3, 5, 12)),
        badness=random.choice((0.0, 0.3, 1.0)),
        crashes=random.choice((0.0, 0.01, 0.05)),
        mean_seconds=random.choice((5.0, 15.0, 1_000.0)),
        whole=random.random() < 1 / 60 if whole is None else whole,
        characters=tuple(characters),
    )


def simulated(*, plan: Plan, ground: Ground, store_file: Path, trace: Callable[[str], None] | None = None) -> Told:
    """Live through one world; raises SimulationFailed. ``trace`` is told line by line what happens."""
    ground.copied(to=store_file)
    state = machine_random.getstate()
    # What asks the module for chance (jitter of waits) must be given the same each time.
    machine_random.seed(plan.seed)
    # Crashes and refusals are what this is about; their log lines would bury the one that matters.
    logging.disable(logging.CRITICAL)
    world = _World(plan=plan, ground=ground, store_file=store_file, trace=trace)
    try:
        return world.lived()
    except (Violation, Exception) as error:
        raise SimulationFailed(plan=plan, cause=error) from error
    finally:
        world.close()
        logging.disable(logging.NOTSET)
        machine_random.setstate(state)


class _World:
    def __init__(self, *, plan: Plan, ground: Ground, store_file: Path, trace: Callable[[str], None] | None) -> None:
        self._plan = plan
        self._ground = ground
        self._store_file = store_file
        self._random = Random(plan.seed * 7 + 1)
        self._loop = SimulatedLoop(random=self._fork())
        self._loop.trace = trace
        self._network = Network(loop=self._loop, random=self._fork(), badness=plan.badness)
        self._checker = Checker(loop=self._loop, ground=ground, store_file=store_file)
        self._news = News()
        self._positions: dict[str, int] = {}
        self._calm = False
        self._started = 0
        self._disk = HazardousDisk(random=self._fork(), committed=self._committed, crashes=plan.crashes)
        self._loop.disk = self._disk
        self._probe = open_connection(path=store_file, durable=False)
        self._probe.set_busy_handler(None)
        self._apis: list[Api] = []
        self._workers: list[MarketplaceProcess] = []
        self._living: list[MarketplaceProcess] = []

    def _fork(self) -> Random:
        return Random(self._random.getrandbits(64))

    def _committed(self) -> None:
        self._checker.look()
        self._news.tell()

    def _process(self, kind: str) -> MarketplaceProcess:
        self._started += 1
        process = MarketplaceProcess(
            name=f"{kind}-{self._started}",
            loop=self._loop,
            ground=self._ground,
            store_file=self._store_file,
            network=self._network,
            random=self._fork(),
        )
        self._living.append(process)
        return process

    def lived(self) -> Told:
        told: Told = self._loop.run_until_complete(self._live())
        return told

    async def _live(self) -> Told:
        self._apis = [
            Api(start=lambda: self._process("api"), network=self._network, random=self._fork()) for _ in range(_APIS)
        ]
        self._start_workers()
        storefronts = [self._storefront(f"sto_{number}") for number in range(2)]
        suppliers = self._suppliers()
        hazards = Hazards(
            loop=self._loop,
            random=self._fork(),
            processes=self._processes,
            restart=self._restart,
            is_calm=self._is_calm,
            mean_seconds=self._plan.mean_seconds,
        )
        service = CustomerService(
            loop=self._loop,
            checker=self._checker,
            random=self._fork(),
            api=self._any_api(),
            is_calm=self._is_calm,
        )
        others = [asyncio.create_task(one.work()) for one in suppliers]
        others.append(asyncio.create_task(service.work()))
        others += [asyncio.create_task(hazards.strike()), asyncio.create_task(hazards.mend())]
        work = [one.work(orders=self._plan.orders, within_seconds=_TROUBLED_SECONDS * 0.8) for one in storefronts]
        placing = asyncio.gather(*work)
        await asyncio.sleep(_TROUBLED_SECONDS)
        self._calm = True
        self._network.badness = 0.0
        self._disk.crashes = 0.0
        await placing
        await self._until_final()
        self._checker.conclude()
        for task in others:
            if task.done() and (error := task.exception()) is not None:
                raise error
        return Told(
            seed=self._plan.seed,
            digest=self._checker.digest,
            events=self._checker.changes_count + self._network.calls,
            steps=self._loop.steps,
            commits=self._disk.commits,
            calls=self._network.calls,
            crashes=hazards.crashes,
            placed=sum(one.placed for one in storefronts),
            refused=sum(one.refused for one in storefronts),
            seconds=self._loop.time(),
            answers=dict(sorted(self._network.answers.items())),
        )

    async def _until_final(self) -> None:
        gives_up_at = self._loop.time() + _CALM_SECONDS_MAXIMUM
        while self._checker.unfinished() and self._loop.time() < gives_up_at:  # noqa: ASYNC110 - nothing tells it
            await asyncio.sleep(_LOOK_EVERY_SECONDS)
        # What was told last is given the time to arrive.
        await asyncio.sleep(_LOOK_EVERY_SECONDS)

    def _storefront(self, storefront_id: str) -> Storefront:
        return Storefront(
            storefront_id=storefront_id,
            loop=self._loop,
            checker=self._checker,
            ground=self._ground,
            random=self._fork(),
            api=self._any_api(),
        )

    def _suppliers(self) -> list[Supplier]:
        found = []
        for supplier_id, character in zip(self._ground.supplier_ids, self._plan.characters, strict=True):
            supplier = Supplier(
                supplier_id=supplier_id,
                character=character,
                loop=self._loop,
                checker=self._checker,
                random=self._fork(),
                api=self._any_api(),
                is_calm=self._is_calm,
            )
            self._network.servers[supplier_id] = supplier
            found.append(supplier)
        return found

    def _any_api(self) -> Callable[[], Api]:
        random = self._fork()
        return lambda: random.choice(self._apis)

    def _is_calm(self) -> bool:
        return self._calm

    def _processes(self) -> list[MarketplaceProcess]:
        return [*(api.process for api in self._apis), *self._workers]

    def _start_workers(self) -> None:
        wanted = 2 if self._plan.whole else 1
        self._workers = [one for one in self._workers if not one.life.is_dead]
        while len(self._workers) < wanted:
            process = self._process("worker")
            self._workers.append(process)
            if self._plan.whole:
                start_whole_worker(process=process)
            else:
                DrivenWorker(process=process, positions=self._positions, news=self._news, random=self._fork()).start()

    def _restart(self) -> None:
        if self._is_locked():
            # A new process would wait for the lock in earnest; it is started a moment later instead.
            return
        for api in self._apis:
            api.restart()
        self._start_workers()

    def _is_locked(self) -> bool:
        try:
            self._probe.execute("BEGIN IMMEDIATE")
        except apsw.BusyError:
            return True
        self._probe.execute("ROLLBACK")
        return False

    def close(self) -> None:
        self._probe.close()
        for process in self._living:
            self._loop.kill(process.life)
        self._loop.close()
        self._checker.close()
