"""PostgreSQL, Temporal and Duban's own processes under one supervisor: nothing but Python is needed."""
