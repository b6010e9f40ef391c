"""The process that keeps the facts behind all indicators in step with the log."""
