"""Where incidents stand in the table.

``INCIDENTS#<order_id>`` holds the incidents of an order (sort ``INCIDENT#<nn>``), and beside each its messages (sort
``THREAD#<nn>#MESSAGE#<id>``) and files (sort ``THREAD#<nn>#FILE#<id>``).
"""

from __future__ import annotations

import re

from openaisle.incidents.model import Attachment, Incident, IncidentMessage, IncidentUnknown
from openaisle.kernel.records import RecordType, due_entry
from openaisle.kernel.table import Index, IndexEntry, Key

INCIDENT_KIND = "incident"
INCIDENT_TOPIC = "incident-deadline"
INCIDENT_PREFIX = "INCIDENT#"

_FORM = re.compile(r"inc_([0-9a-z]{26})_([0-9]{2,3})")


def incidents_partition(*, order_id: str) -> str:
    """Return the partition of an order's incidents with their threads."""
    return f"INCIDENTS#{order_id}"


def incident_key(*, incident_id: str) -> Key:
    """Return the key that follows from an incident's identifier; raises IncidentUnknown for no such text."""
    order_id, number = _parts(incident_id)
    return Key(incidents_partition(order_id=order_id), f"{INCIDENT_PREFIX}{number}")


def message_key(*, incident_id: str, message_id: str) -> Key:
    """Return the key of a message, which follows from what recognizes it: a message said twice is one."""
    order_id, _ = _parts(incident_id)
    return Key(incidents_partition(order_id=order_id), messages_prefix(incident_id=incident_id) + message_id)


def attachment_key(*, incident_id: str, attachment_id: str) -> Key:
    """Return the key of a file."""
    order_id, _ = _parts(incident_id)
    return Key(incidents_partition(order_id=order_id), attachments_prefix(incident_id=incident_id) + attachment_id)


def messages_prefix(*, incident_id: str) -> str:
    """Return how the sort keys of an incident's messages begin (``IncidentQueries.thread``: one query)."""
    return f"THREAD#{_parts(incident_id)[1]}#MESSAGE#"


def attachments_prefix(*, incident_id: str) -> str:
    """Return how the sort keys of an incident's files begin."""
    return f"THREAD#{_parts(incident_id)[1]}#FILE#"


def number_of(incident_id: str) -> int:
    """Return the number of an incident within its order, counted from 1."""
    return int(incident_id.rpartition("_")[2])


def order_of(incident_id: str) -> str:
    """Return the order of an incident; raises IncidentUnknown for no such text."""
    return _parts(incident_id)[0]


def supplier_incidents_partition(*, supplier_id: str) -> str:
    """Return the partition of index1 that lists a supplier's incidents by the moment they were opened."""
    return f"SUPPLIER#{supplier_id}#INCIDENTS"


def storefront_incidents_partition(*, storefront_id: str) -> str:
    """Return the partition of index2 that lists a storefront's incidents by the moment they were opened."""
    return f"STOREFRONT#{storefront_id}#INCIDENTS"


def due_partition() -> str:
    """Return the partition of the due index with all incidents in which something comes due."""
    return f"DUE#{INCIDENT_TOPIC}"


def _parts(incident_id: str) -> tuple[str, str]:
    found = _FORM.fullmatch(incident_id)
    if found is None:
        raise IncidentUnknown(detail=f"{incident_id[:64]!r} is not an incident's identifier.")
    return f"ord_{found[1]}", found[2]


def _indexes(incident: Incident) -> tuple[IndexEntry, ...]:
    place = f"{incident.opened_at}#{incident.incident_id}"
    entries = [IndexEntry(Index.SECOND, f"STOREFRONT#{incident.storefront_id}#INCIDENTS", place)]
    if incident.supplier_id is not None:
        entries.append(IndexEntry(Index.FIRST, f"SUPPLIER#{incident.supplier_id}#INCIDENTS", place))
    # Whatever comes due next stands in front: the operator's list of what is open, too.
    if incident.due_at is not None:
        entries.append(due_entry(topic=INCIDENT_TOPIC, at=incident.due_at, identifier=incident.incident_id))
    return tuple(entries)


INCIDENTS = RecordType[Incident](
    kind=INCIDENT_KIND,
    model=Incident,
    key=lambda one: incident_key(incident_id=one.incident_id),
    indexes=_indexes,
)

MESSAGES = RecordType[IncidentMessage](
    kind="incident_message",
    model=IncidentMessage,
    key=lambda one: message_key(incident_id=one.incident_id, message_id=one.message_id),
)

ATTACHMENTS = RecordType[Attachment](
    kind="incident_file",
    model=Attachment,
    key=lambda one: attachment_key(incident_id=one.incident_id, attachment_id=one.attachment_id),
)
