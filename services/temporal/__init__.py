"""What every process does with Temporal: connect to it, arm an item's workflow, keep the reconciliation going."""
