"""Documents 文书: what kinds there are, and how events pin the bytes that were issued."""
