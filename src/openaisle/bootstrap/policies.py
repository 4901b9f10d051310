"""The verification policy of an installation, from the operator's file or the standard one.

Apart from the checks, because API processes need the policy and never load those.
"""

from __future__ import annotations

from openaisle.config import Settings
from openaisle.suppliers.policy_file import read_policy, standard_policy
from openaisle.suppliers.policy_mistakes import PolicyInvalid
from openaisle.suppliers.verification import VerificationPolicy


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
