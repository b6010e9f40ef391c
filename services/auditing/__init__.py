"""Exporting the log to a folder, and checking an export or a running log with nothing but the public key."""
