"""X12 4010 with suppliers: a reader and writer of our own, control numbers without gaps, and what documents mean.

Here belongs what turns interchanges into acknowledgments, shipments, stock levels and invoices, and purchase orders
into interchanges. How files travel belongs to the exchange folder, what a document does belongs to the use cases
of purchase orders and stock.
"""
