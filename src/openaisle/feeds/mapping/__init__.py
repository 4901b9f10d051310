"""Columns of suppliers' files become our fields: guessed, confirmed once, remembered, and rendered to SQL.

Here belong headers and their languages, looks of values, units, value maps and constants. Here never belongs a verdict
on a row: what a cell holds is judged by the catalog's rules, after it was mapped.
"""
