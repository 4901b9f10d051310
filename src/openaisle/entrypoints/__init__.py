"""How the world reaches the marketplace: HTTP, console, command line, worker.

Here belongs translation only: a request into a call of an operation, an error into a problem or an exit code.
Here never belongs a decision of the domain, nor the choice of an adapter.
"""
