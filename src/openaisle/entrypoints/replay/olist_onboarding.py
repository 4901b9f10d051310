"""Every seller of the Olist history applies, is verified, reviewed where need be, and connected."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from typing import Any

import msgspec

from openaisle.entrypoints.paging import every
from openaisle.entrypoints.replay.memory import OnboardedSupplier, ReplayMemory
from openaisle.entrypoints.replay.olist_bodies import application_body, legal_name
from openaisle.entrypoints.replay.olist_history import History
from openaisle.entrypoints.replay.progress import Told
from openaisle.entrypoints.replay.side_by_side import side_by_side
from openaisle.kernel.marketplace_api import MarketplaceApi

_AT_ONCE = 16
_PAUSE_SECONDS = 0.25
_PAGE = 500
_REVIEWER = "history-replay"

# What a reviewer who looks the postal code up would write for the two cities of the dataset that are no
# city at all: a telephone number and a mail address.
_CITIES_LOOKED_UP = {"4482255": "rio de janeiro", "vendas@creditparts.com.br": "maringa"}


class OnboardingReport(msgspec.Struct, kw_only=True):
    """What became of the sellers, and the dirt that verification found in them."""

    active: int = 0
    corrected_automatically: int = 0
    reviewed: int = 0
    corrections: list[dict[str, Any]] = msgspec.field(default_factory=list)
    reviews: list[dict[str, Any]] = msgspec.field(default_factory=list)


class Onboarding:
    """Brings the suppliers of a history in through the public API; every step may be repeated."""

    def __init__(
        self,
        *,
        history: History,
        memory: ReplayMemory,
        anyone: MarketplaceApi,
        operator: MarketplaceApi,
        told: Told,
        connection: Mapping[str, Any] | None = None,
    ) -> None:
        """Apply as ``anyone``, review and connect as ``operator``.

        Suppliers are connected with an Inventory API, or else as ``connection`` says.
        """
        self._connection = connection
        self._history = history
        self._memory = memory
        self._anyone = anyone
        self._operator = operator
        self._told = told

    async def run(self, *, address_of: Callable[[str], str]) -> OnboardingReport:
        """Bring everyone to active and connected; ``address_of`` gives a supplier's server by its handle."""
        await self._apply()
        report = OnboardingReport()
        await self._until_all_active(report=report)
        await self._connect(address_of=address_of)
        return report

    async def _apply(self) -> None:
        step = self._told.step(title="suppliers apply", total=len(self._history.sellers))
        positions = {seller_id: position for position, seller_id in enumerate(self._history.sellers)}
        await self._remember_those_who_applied(handles=positions.keys() - self._memory.suppliers.keys())

        async def apply(seller_id: str) -> None:
            if seller_id not in self._memory.suppliers:
                body = application_body(seller=self._history.sellers[seller_id], position=positions[seller_id])
                answer = await self._anyone.send(method="POST", path="/v1/supplier-applications", body=body)
                supplier = OnboardedSupplier(
                    handle=seller_id, supplier_id=answer["supplier_id"], api_key=answer["api_key"]
                )
                self._memory.remember(supplier=supplier)
            step.advance()

        await side_by_side(work=self._history.sellers, at_once=_AT_ONCE, do=apply)

    async def _remember_those_who_applied(self, *, handles: AbstractSet[str]) -> None:
        """Find again who applied just before a crash, when the answer was lost: each is given a new key."""
        missing = {legal_name(seller_id=handle): handle for handle in handles}
        for state in ("applied", "verifying", "in_review", "active"):
            for supplier_id, supplier in (await self._suppliers_in(state=state)).items():
                handle = missing.get(supplier["legal_name"])
                if handle is None:
                    continue
                key = await self._operator.send(
                    method="POST",
                    path="/v1/api-keys",
                    body={"role": "supplier", "subject_id": supplier_id, "label": "history replay"},
                )
                supplier_known = OnboardedSupplier(handle=handle, supplier_id=supplier_id, api_key=key["api_key"])
                self._memory.remember(supplier=supplier_known)

    async def _until_all_active(self, *, report: OnboardingReport) -> None:
        ours = {supplier.supplier_id for supplier in self._memory.suppliers.values()}
        step = self._told.step(title="suppliers are verified", total=len(ours))
        while True:
            report.reviewed += await self._review(report=report)
            active = await self._suppliers_in(state="active")
            report.active = len(active.keys() & ours)
            step.at(done=report.active)
            if report.active == len(ours):
                break
            await asyncio.sleep(_PAUSE_SECONDS)
        await self._note_corrections(suppliers=[one for one in active if one in ours], report=report)

    async def _suppliers_in(self, *, state: str) -> dict[str, Mapping[str, Any]]:
        suppliers = every(api=self._operator, path=f"/v1/suppliers?state={state}&limit={_PAGE}", name="suppliers")
        return {one["supplier_id"]: one async for one in suppliers}

    async def _review(self, *, report: OnboardingReport) -> int:
        page = await self._operator.get(path=f"/v1/review-tasks?state=open&subject_kind=supplier&limit={_PAGE}")
        handles = {supplier.supplier_id: supplier.handle for supplier in self._memory.suppliers.values()}
        for task in page["review_tasks"]:
            handle = handles.get(task["subject_id"])
            if handle is None:
                continue
            city = self._history.sellers[handle].city
            known = _CITIES_LOOKED_UP.get(city)
            body: dict[str, Any] = {
                "decision": "approved",
                "reason": "The published history shows that this supplier traded.",
            }
            if known is not None:
                body = {
                    "decision": "corrected",
                    "reason": "The postal code belongs to this city.",
                    "corrections": {"address.city": known},
                }
            task_path = f"/v1/review-tasks/{task['task_id']}"
            await self._operator.send(method="POST", path=f"{task_path}/claim", body={"assignee": _REVIEWER})
            await self._operator.send(method="POST", path=f"{task_path}/resolution", body=body)
            report.reviews.append({"seller": handle, "city": city, "causes": task["causes"], **body})
        return len(page["review_tasks"])

    async def _note_corrections(self, *, suppliers: list[str], report: OnboardingReport) -> None:
        step = self._told.step(title="verdicts are read", total=len(suppliers))

        async def read(supplier_id: str) -> None:
            supplier = await self._operator.get(path=f"/v1/suppliers/{supplier_id}")
            if supplier["corrections"]:
                report.corrected_automatically += 1
            report.corrections.extend(supplier["corrections"])
            step.advance()

        await side_by_side(work=suppliers, at_once=_AT_ONCE, do=read)

    async def _connect(self, *, address_of: Callable[[str], str]) -> None:
        step = self._told.step(title="suppliers connect", total=len(self._memory.suppliers))

        async def connect(supplier: OnboardedSupplier) -> None:
            address = address_of(supplier.handle)
            answer = await self._operator.send(
                method="PUT",
                path=f"/v1/suppliers/{supplier.supplier_id}/connection",
                body={
                    "order_acceptance_url": f"{address}/purchase-orders",
                    **({"inventory_url": f"{address}/inventory"} if self._connection is None else self._connection),
                },
            )
            secret = answer["signing_secret"] or supplier.signing_secret
            if not secret:
                # The secret was told once, to a run that was killed before it wrote it down.
                rotation = f"/v1/suppliers/{supplier.supplier_id}/connection/secret-rotations"
                secret = (await self._operator.send(method="POST", path=rotation))["signing_secret"]
            self._memory.remember(supplier=msgspec.structs.replace(supplier, signing_secret=secret))
            step.advance()

        await side_by_side(work=list(self._memory.suppliers.values()), at_once=_AT_ONCE, do=connect)
