"""Corrections: mends of a supplier's facts that are certain, and proposals where they are only likely.

Here belong pure functions from facts to facts. Here never belongs a guess that is applied without a person.
"""
