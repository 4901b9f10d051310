"""Products that are one and were registered as two: found after they were published, never before."""
