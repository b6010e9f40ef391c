"""How modules look: which way they import, how long they are, what they are called, and that they say what for."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.sources import PACKAGES, ROOT, modules, parsed, text

MOST_LINES = 400
# Names that say nothing about what is inside, so that anything ends up there.
FORBIDDEN = {"utils", "util", "helpers", "helper", "manager", "managers", "base", "core", "common", "misc"}


def test_imports_keep_their_contracts(tmp_path):
    # In a process of its own: it configures logging anew, and every later test would lose its records.
    lint = [str(Path(sys.executable).with_name("lint-imports")), "--config", "pyproject.toml", "--no-logo"]
    found = subprocess.run([*lint, "--cache-dir", str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603 - our own linter
    assert found.returncode == 0, found.stdout


def test_no_module_is_longer_than_can_be_read_in_one_sitting():
    long = {str(file): len(text(file).splitlines()) for file in modules()}
    assert {file: lines for file, lines in long.items() if lines > MOST_LINES} == {}


def test_no_module_or_folder_has_a_name_that_means_anything():
    assert [str(file) for file in modules() if FORBIDDEN & {file.stem, *file.parts[:-1]}] == []


def test_every_module_opens_with_a_sentence_on_what_it_is_for():
    silent = [
        str(file)
        for file in modules(*PACKAGES)
        if text(file).strip() and not (ast.get_docstring(parsed(file)) or "").partition("\n")[0].endswith(".")
    ]
    assert silent == []


@pytest.mark.parametrize("package", PACKAGES)
def test_every_folder_with_modules_is_a_package(package):
    # Alembic loads its versions by path.
    folders = {file.parent for file in modules(package) if "versions" not in file.parts}
    assert sorted(str(folder) for folder in folders if not (ROOT / folder / "__init__.py").is_file()) == []


def test_nothing_is_imported_by_star():
    stars = [
        str(file)
        for file in modules()
        for node in ast.walk(parsed(file))
        if isinstance(node, ast.ImportFrom) and any(name.name == "*" for name in node.names)
    ]
    assert stars == []
