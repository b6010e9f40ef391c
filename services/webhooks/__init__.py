"""Tells back-office systems what became of what they reported: Standard Webhooks around CloudEvents."""
