"""Reviews: decisions that a person must make.

Here belong review tasks, their queue and their resolution. Here never belongs what a task is about: a room that asks
for a review names its subject by kind and identifier, and acts on the event ``review.resolved`` through its own pipe.
"""
