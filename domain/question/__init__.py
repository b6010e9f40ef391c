"""Questions that auditors keep under a name, to ask them again."""
