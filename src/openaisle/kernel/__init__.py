"""The kernel: the words and the ports that every room shares.

Here belong identifiers, money, GTINs, errors, the context of a command, the vocabulary of the single
table and its change stream, workflows as data, and the protocols (ports) behind which engines stand.
Here never belongs anything that opens a file, a socket or a database, nor any rule of one capability.
"""
