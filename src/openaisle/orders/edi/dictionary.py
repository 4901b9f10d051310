"""What we read and write of X12 4010, by the code of the transaction set. Pure data.

Only what is used is listed. A segment or element that a partner adds is passed over, not judged: what nobody reads
cannot be wrong for us.
"""

from __future__ import annotations

from openaisle.orders.edi.sets_received import ACKNOWLEDGMENT, FUNCTIONAL, INVENTORY, INVOICE, SHIP_NOTICE
from openaisle.orders.edi.sets_sent import CHANGE, PURCHASE_ORDER

SETS = {one.code: one for one in (PURCHASE_ORDER, CHANGE, ACKNOWLEDGMENT, SHIP_NOTICE, INVENTORY, INVOICE, FUNCTIONAL)}
