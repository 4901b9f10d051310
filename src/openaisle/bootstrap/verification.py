"""The verification of an installation: its policy, from the operator's file or the standard one, and its checks."""

from __future__ import annotations

import msgspec

from openaisle.adapters.pictures import PillowPictureMeasurer
from openaisle.bootstrap.engines import Engines
from openaisle.bootstrap.plug_ins import CheckPlugIn, loaded_plug_ins
from openaisle.config import Settings
from openaisle.suppliers.checks.check import Check, CheckTools
from openaisle.suppliers.checks.standard import standard_checks
from openaisle.suppliers.claims import ClaimHolders
from openaisle.suppliers.documents import SupplierDocuments
from openaisle.suppliers.name_index import TableSimilarNames
from openaisle.suppliers.policy_file import PolicyInvalid, read_policy, standard_policy
from openaisle.suppliers.verification import VerificationPolicy


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
        pictures=PillowPictureMeasurer(),
    )
    loaded = loaded_plug_ins(tools=CheckTools(caller=engines.caller), taken=[check.name for check in standard])
    return InstalledChecks(checks=(*standard, *loaded.checks), plug_ins=loaded.plug_ins)


def verification_policy(*, settings: Settings) -> VerificationPolicy:
    """Return the policy of the operator's file, or the standard one where there is none; raises PolicyInvalid."""
    file = settings.policy_file
    if not settings.verification_policy_file and not file.exists():
        return standard_policy()
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise PolicyInvalid(detail=f"There is no policy file {file}.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise PolicyInvalid(detail=f"The policy file {file} cannot be read: {error}.") from None
    return read_policy(text=text, source=file.name)
