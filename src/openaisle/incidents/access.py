"""Who is a party of an incident, and what of its thread each may read."""

from __future__ import annotations

from openaisle.incidents.model import Incident, Party, unknown_incident
from openaisle.kernel.context import Principal, Role

_PARTIES = {Role.STOREFRONT: Party.SHOPPER, Role.SUPPLIER: Party.SUPPLIER}


def party_of(principal: Principal) -> Party:
    """Return for whom the caller speaks; the marketplace's own work is the operator's."""
    return _PARTIES.get(principal.role, Party.OPERATOR)


def require_party(*, record: Incident, principal: Principal) -> Party:
    """Return for whom the caller speaks; raises IncidentUnknown for a storefront or supplier that it is not about."""
    subject = {Role.STOREFRONT: record.storefront_id, Role.SUPPLIER: record.supplier_id}
    if principal.role in subject and subject[principal.role] != principal.subject_id:
        raise unknown_incident(incident_id=record.incident_id)
    return party_of(principal)
