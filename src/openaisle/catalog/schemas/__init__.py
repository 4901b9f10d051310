"""What each category asks of its products: attributes with types, ranges and lists, and the axes of variants.

A schema holds for its category and all below it. Rules over tables, JSON Schemas and spreadsheet templates are made
from schemas; nothing else decides what they mean.
"""
