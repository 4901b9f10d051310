"""Replays of real marketplaces through the public HTTP API.

Here belongs the translation of a published history into applications, feeds and orders, and the
reconciliation of what the marketplace then says with what the history says. The words of the published
data stand only in the modules named after it.
"""
