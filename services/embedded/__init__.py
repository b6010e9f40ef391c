"""PostgreSQL, Temporal and Duban's own processes under one supervisor, for running with nothing but Python installed."""
