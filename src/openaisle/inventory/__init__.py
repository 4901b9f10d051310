"""Inventory: stock levels per offer and location, their movements, and what can be sold right now.

Here belong the stock invariant (``0 <= reserved <= on_hand``), the queries that join offers with their stock, and
the acceptance that turns accepted submissions into product, offer and stock level in one commit, because this is
the lowest room that knows all three. Here never belongs an order.
"""
