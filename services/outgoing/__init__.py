"""Requests to addresses that others gave us, without opening the internal network to them."""
