"""The rules of the field: pure, without clock, network or database."""
