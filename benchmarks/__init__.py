"""What is measured, and against what: rates and memory as ratios from one run, never asserted in tests."""
