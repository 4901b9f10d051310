"""The view models: what a template draws, and nothing it would have to look up or decide.

Here belong frozen records made for one page and the functions that make them from the rooms' records.
"""
