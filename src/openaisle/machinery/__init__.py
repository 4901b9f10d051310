"""The machinery: what the marketplace did by itself, and what it could not do and set aside for a person.

Here belongs what an operator sees of workflows, pipes and queues, and the command to try again.
Here never belongs the machinery itself: that is the adapters'; nor any subject of the work.
"""
