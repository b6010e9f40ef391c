"""The process that signs the log: it commits to what has happened, so that it cannot be changed unnoticed."""
