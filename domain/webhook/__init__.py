"""Webhooks: where a back-office system wants to be told what became of what it reported."""
