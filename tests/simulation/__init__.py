"""Deterministic simulation: the real rooms on the real store, in a world of which every hazard follows from a seed.

Here belong the event loop with virtual time and processes that can be killed, the faults, the characters of suppliers
and storefronts, the invariants of docs/domain that are checked after every commit, and the bugs planted to prove that
the simulation finds them.
Here never belongs a test of one room alone, nor anything that asks the machine's clock or its randomness.
"""
