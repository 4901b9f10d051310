"""The allocation engine: which offer and location fills which line of an order, and why.

What belongs here: what is asked of the engine, who may fill a line, what each way costs, the search for the best way
over all lines together, and the reasons that are kept. What never does: reserving stock or writing orders; the
caller commits what was decided, or has it decided anew.
"""
