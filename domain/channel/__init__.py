"""Channels by which people are told: robots in chat groups, and mailing lists."""
