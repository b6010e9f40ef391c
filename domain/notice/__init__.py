"""What became of a message: delivered with the answer of whoever took it, or failed for good."""
