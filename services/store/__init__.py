"""The event store: the only place with SQL."""
