"""What one would take instead of this product, each doing the same as well as it can."""
