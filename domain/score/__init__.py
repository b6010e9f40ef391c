"""Scores 积分: what a unit's record consists of, line by line, each from one event, and lists made of their sums."""
