"""What went wrong with an order, talked over by shopper, supplier and operator until it is settled.

Here belong threads, whose turn it is and until when, escalation to the operator, and how an incident was settled. Here
never belongs the arithmetic of refunds: ``returns`` makes those, and they are written in the same commit.
"""
