"""Orders: what shoppers placed, how it is allocated, and the purchase orders that suppliers fill.

Here belong orders and their lines, the allocation engine with its reasons, purchase orders with acknowledgment,
shipments, deliveries and cancellations, and the dispatcher that brings purchase orders to the suppliers' APIs.
Here never belongs the stock itself (inventory moves it; this room only asks for movements), nor anything
that knows a database, a socket or a web framework.
"""
