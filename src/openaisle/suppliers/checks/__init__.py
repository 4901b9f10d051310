"""Checks of a supplier's facts, one module each, behind one protocol (``check.Check``).

Here belongs what finds out whether a fact holds. Here never belongs what follows from it: that is the policy's.
"""
