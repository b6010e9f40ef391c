"""The process that runs workflows and their activities."""
