"""A feed on its way from its file to the store: prepared as a whole table, applied batch by batch, taken back so too.

Here belong the plan (which rows are written how), the batches with their reports, and what makes every step safe to
run again. Here never belongs what makes a row right or wrong.
"""
