"""What we read and write of X12 4010, by the code of the transaction set. Pure data.

Only what is used is listed. A segment or element that a partner adds is passed over, not judged: what nobody reads
cannot be wrong for us.
"""

from __future__ import annotations

from openaisle.orders.edi.sets_received import (
    ACKNOWLEDGMENT,
    CHANGE_ANSWER,
    FUNCTIONAL,
    INVENTORY,
    INVOICE,
    SHIP_NOTICE,
)
from openaisle.orders.edi.sets_sent import CHANGE, PURCHASE_ORDER

_SENT = (PURCHASE_ORDER, CHANGE)
_RECEIVED = (ACKNOWLEDGMENT, SHIP_NOTICE, INVENTORY, INVOICE, CHANGE_ANSWER, FUNCTIONAL)
SETS = {one.code: one for one in (*_SENT, *_RECEIVED)}
