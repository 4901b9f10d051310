"""The operator's tree of categories: read from a file, kept whole, searched, and suggested for what suppliers write.

What a category asks of its products belongs to schemas; which category a product has belongs to the catalog.
"""
