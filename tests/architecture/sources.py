"""The repository as files: what is ours, parsed once, for the tests about how it is built."""

import ast
import os
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("domain", "workflows", "activities", "services", "migrations")
# Installed, generated or local: what .gitignore names, and what tools keep in folders that begin with a dot.
NOT_OURS = {"__pycache__", "dist", "results", "node_modules"}
OURS_WITH_A_DOT = {".ci", ".github", ".gitignore"}


@cache
def files() -> tuple[Path, ...]:
    """Every file that belongs to the repository, relative to its root."""
    found: list[Path] = []
    for folder, inside, names in os.walk(ROOT):
        here = Path(folder)
        inside[:] = sorted(name for name in inside if _ours(name))
        found += [(here / name).relative_to(ROOT) for name in sorted(names) if _ours(name)]
    return tuple(found)


@cache
def modules(*packages: str) -> tuple[Path, ...]:
    """The Python files under some top-level folders; all without any."""
    return tuple(file for file in files() if file.suffix == ".py" and (not packages or file.parts[0] in packages))


@cache
def text(file: Path) -> str:
    return (ROOT / file).read_text(encoding="utf-8")


@cache
def parsed(file: Path) -> ast.Module:
    return ast.parse(text(file), str(file))


def dotted(expression: ast.expr) -> str:
    """The dotted name of an expression such as ``datetime.now``; empty for anything else."""
    if isinstance(expression, ast.Name):
        return expression.id
    if isinstance(expression, ast.Attribute):
        return f"{dotted(expression.value)}.{expression.attr}"
    return ""


def _ours(name: str) -> bool:
    if name.startswith("."):
        return name in OURS_WITH_A_DOT
    return name not in NOT_OURS and not name.endswith((".egg-info", ".pyc"))
