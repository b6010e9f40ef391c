"""Personal data at rest: sealed by a key for each person, whose destruction is the erasure."""
