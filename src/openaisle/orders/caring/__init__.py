"""Caring for orders after they are placed: another address, notes, holds, goodwill, another confirmation.

What belongs here: what the storefront's and the operator's customer service does to an order as a whole while its
purchase orders go their way. What never does: what becomes of a line; that is decided by cancellation and allocation.
"""
