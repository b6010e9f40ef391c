"""Campaigns as people begin them: from a template."""
