"""The adapters of one machine: an embedded store and the file system, durable, shared by many processes.

What stands here answers a write only once it would survive a power cut. No service has to be started.
"""
