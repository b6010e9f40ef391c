"""The HTTP API: who is it, may they, then one command to the handler; lists and histories for people and systems."""
