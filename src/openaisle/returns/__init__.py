"""Goods on their way back, and money on its way back to the shopper.

Here belong return authorizations with their receipts, the policy by which goods may come back, replacements, and every
refund whatever its cause, held against what was paid. Here never belong threads about what went wrong (``incidents``)
and the booking of money (the ledger follows the events of refunds).
"""
