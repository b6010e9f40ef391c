"""One command, one transaction: load, decide, append; the same for every aggregate and every caller."""
