"""The demo: a whole invented city plays for a minute on the real stack, and everything is counted afterwards."""
