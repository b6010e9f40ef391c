"""Tells people: reads the log, decides who hears of what, sends it, and keeps what the platforms answered."""
