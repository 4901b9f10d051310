"""The pages: each module answers the requests of one part of the console."""
