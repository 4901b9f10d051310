"""The adapters: the only room that knows engines, drivers and the network.

Each implements a port of the kernel and imports nothing of OpenAisle but the kernel. No rule of the domain
belongs here.
"""
