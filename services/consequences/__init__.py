"""The process that turns rungs and rankings into acts of supervision and accountability cases."""
