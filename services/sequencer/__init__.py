"""The process that gives committed events their place in the log."""
