"""Designations 命名: areas named model community, qualified community and the like, and the targets counted by them."""
