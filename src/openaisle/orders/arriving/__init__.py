"""The roads by which orders arrive besides the API's own: events, files handed in, files left in folders, queues.

What belongs here: reading what came, telling what became of each order in it, and giving the report back. What never
does: deciding about an order. Whatever the road, it is placed as the API places it, and known again by its reference.
"""
