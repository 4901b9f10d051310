"""Webhooks: which addresses want to hear what happens, and seeing that they hear all of it, in order.

Here belong the endpoints of storefronts and of the operator, the form in which an event leaves the house, and the
dispatcher that delivers. What an event means, and when it happens, belongs to the rooms that state it.
"""
