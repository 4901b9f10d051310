"""Measurements of OpenAisle beside what the same machine allows without it.

Here belong the load generator, the bare limits, and what starts, feeds and reads back a marketplace of its own in
a temporary home. Nothing here is imported by the product, and nothing here leaves the loopback interface.
"""
