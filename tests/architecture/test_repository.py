"""What must not stand in the repository: addresses of registries, paths of machines, requirements without a hash."""

import re

import pytest

from tests.architecture.sources import ROOT, files

# Folders of a machine at the beginning of a path, and registries; written so that this file does not find itself.
ELSEWHERE = re.compile(
    rb"(?<![\w.~}-])/(work|root|home|Users|mnt)/[\w.-]|[p]ypi\.org|[p]ythonhosted\.org|--index-url[ =]\S"
)
REQUIREMENT = re.compile(r"[A-Za-z0-9._\[\],-]+==\S+ .*--hash=sha256:[0-9a-f]{64}")
LOCKS = ("requirements.lock", "requirements-dev.lock")


def test_no_file_names_a_machine_or_a_registry():
    found = {}
    for file in files():
        lines = (ROOT / file).read_bytes().splitlines()
        places = [number for number, line in enumerate(lines, 1) if ELSEWHERE.search(line)]
        if places:
            found[str(file)] = places
    assert found == {}


@pytest.mark.parametrize("lock", LOCKS)
def test_every_requirement_is_pinned_with_a_hash_and_without_an_address(lock):
    content = (ROOT / lock).read_text(encoding="utf-8")
    assert "://" not in content
    requirements = [line for line in content.replace("\\\n", " ").splitlines() if line.strip() and line[0] != "#"]
    assert requirements
    assert [line for line in requirements if not REQUIREMENT.match(line)] == []


def test_what_runs_was_tested_in_the_same_versions():
    runtime, development = (
        set(re.findall(r"^(\S+)==(\S+)", (ROOT / lock).read_text(), re.MULTILINE)) for lock in LOCKS
    )
    assert runtime - development == set()
