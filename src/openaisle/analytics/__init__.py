"""Analytics: what happened on the marketplace, counted as it happens.

Here belong projections of the change stream and the questions they answer.
Here never belongs anything that others decide by: a projection follows, it never leads.
"""
