"""The checks of an installation: the standard ones and those of plug-ins."""

from __future__ import annotations

import msgspec

from openaisle.bootstrap.engines import Engines
from openaisle.bootstrap.plug_ins import CheckPlugIn, loaded_plug_ins
from openaisle.suppliers.checks.check import Check, CheckTools
from openaisle.suppliers.checks.standard import standard_checks
from openaisle.suppliers.claims import ClaimHolders
from openaisle.suppliers.documents import SupplierDocuments
from openaisle.suppliers.name_index import TableSimilarNames
from openaisle.suppliers.screening.screening import NameScreening


class InstalledChecks(msgspec.Struct, frozen=True, kw_only=True):
    """Every check of this installation, those of plug-ins last, and what was found of each plug-in."""

    checks: tuple[Check, ...]
    plug_ins: tuple[CheckPlugIn, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all checks."""
        return tuple(check.name for check in self.checks)


def installed_checks(*, engines: Engines, claim_holders: ClaimHolders) -> InstalledChecks:
    """Return the checks of this installation; a plug-in that cannot be loaded is left out and named."""
    standard = standard_checks(
        claim_holders=claim_holders,
        names=TableSimilarNames(table=engines.table),
        caller=engines.caller,
        contents=SupplierDocuments(
            table=engines.table, blobs=engines.blobs, cipher=engines.cipher, identifiers=engines.identifiers
        ),
        pictures=engines.pictures,
        screening=NameScreening(lists=engines.name_lists),
    )
    loaded = loaded_plug_ins(tools=CheckTools(caller=engines.caller), taken=[check.name for check in standard])
    return InstalledChecks(checks=(*standard, *loaded.checks), plug_ins=loaded.plug_ins)
