"""``python -m benchmarks feeds``: a feed of a million rows, stage by stage, beside the bare limits of this machine."""
