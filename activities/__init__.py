"""What workflows ask of the world: each may run twice, and does its work once."""
