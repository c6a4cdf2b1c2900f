"""From documents to one checked graph: read, map, check, release."""
