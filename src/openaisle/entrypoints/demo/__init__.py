"""The demonstration: invented suppliers and shoppers, so that a newcomer sees the whole marketplace live.

Here belong what the demonstration's parties send and when. They are simulations; the marketplace that they
talk to through its public API is the real one.
"""
