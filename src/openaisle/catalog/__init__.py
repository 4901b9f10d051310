"""The catalog: feeds, product submissions, their validation and correction, and the products they make.

Here belongs what may be said of a product and who said it. Here never belongs a price's or a stock level's
record (offers/, inventory/), nor anything about orders.
"""
