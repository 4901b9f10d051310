"""Full exports: what is asked for, the formats, and what writes them in the background."""
