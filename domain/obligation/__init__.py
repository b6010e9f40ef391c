"""Obligations of a campaign: occurrences of duties 常态任务, tasks 任务, responsibility letters 责任书."""
