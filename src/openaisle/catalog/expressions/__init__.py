"""The language of an operator's own rules: read, checked for types and bounds, and written as SQL for whole tables.

An expression is data. Nothing of it is ever run as Python, and of SQL it makes only what rendering writes.
"""
