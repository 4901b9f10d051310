"""Pictures of products: each address is fetched once, guarded and measured, and never holds up a feed.

Here belong what is asked of pictures and what was found about each address. Here never belongs a copy of a picture.
"""
