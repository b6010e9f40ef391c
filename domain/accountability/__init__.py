"""Accountability 责任追究: cases against units, from the last rung or the rankings to a decision that stands."""
