"""Suppliers: who may sell through the marketplace, and how it is found out.

Here belong supplier applications, the verification of their facts, corrections, and the connection to a supplier's own
system. Here never belongs what a supplier sells or ships: the rooms above ask this one whether a supplier is active.
"""
