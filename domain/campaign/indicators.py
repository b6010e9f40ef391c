"""The indicators a gate can set a bound on (DOMAIN.md, indicators, and the state of tasks, letters and targets)."""

KNOWN_INDICATORS = frozenset(
    {
        "on_time_acceptance",
        "disposal",
        "on_time_disposal",
        "closure",
        "on_time_closure",
        "rework",
        "overdue_waiting",
        "extension",
        "accurate_dispatch",
        "on_time_check",
        "valid_report",
        "recurrence",
        "open_items_above_supervision",
        "tasks_accepted",
        "letters_signed",
        "targets_met",
    }
)
