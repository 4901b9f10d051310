"""Rows of feeds that are in doubt, grouped by cause: one decision settles thousands, and may be kept as a rule.

Here belong the groups, what a decision does to their rows, and rules applied to whole tables. Here never belongs the
review itself, which knows no subject and stays in the room of reviews.
"""
