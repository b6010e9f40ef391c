"""Supervision 督办: the acts that climbed rungs and rankings produce, numbered and documented."""
