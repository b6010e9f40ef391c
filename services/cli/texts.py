"""Texts of the command line in both languages, Chinese first."""


def text(zh: str, en: str) -> str:
    """Join both; help pages are short enough for two languages."""
    return f"{zh} {en}"
