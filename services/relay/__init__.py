"""The process that tells workflows what happened."""
