"""Runs tests while their processes are frozen at random, so that a test which needs a fast machine is found at home.

``python -m tests.frozen [--seed N] PYTEST-ARGUMENT …`` starts pytest with these arguments. Again and again one of its
processes, a test worker or a server that a test started, is stopped (SIGSTOP) for up to two and a half seconds and goes
on. A test that fails here, and passes without, waits too briefly somewhere or takes a pause for an answer. A freeze
falls where it falls: the seed draws the pauses, the machine what they hit. The exit code is pytest's.
"""

import argparse
import random
import subprocess
import sys
import time
from contextlib import suppress

import psutil

SHORTEST_SECONDS, LONGEST_SECONDS = 0.8, 2.5
# Those that run the tests are few among the servers, and it is they who measure time.
SHARE_OF_TESTING = 0.6


def main(arguments: list[str]) -> int:
    """Run pytest to its end under freezes; returns its exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.frozen")
    parser.add_argument("--seed", type=int, default=1)
    chosen, asked = parser.parse_known_args(arguments)
    lot, frozen = random.Random(chosen.seed), 0  # noqa: S311 - no secret
    with subprocess.Popen([sys.executable, "-m", "pytest", *asked]) as running:  # noqa: S603 - our own tests
        root = psutil.Process(running.pid)
        while running.poll() is None:
            with suppress(psutil.NoSuchProcess):
                _freeze_one(root, lot)
                frozen += 1
            time.sleep(lot.uniform(0.3, LONGEST_SECONDS))
    sys.stdout.write(f"seed {chosen.seed}: frozen {frozen} times\n")
    return running.returncode


def _freeze_one(root: psutil.Process, lot: random.Random) -> None:
    """Stop one of them for a while."""
    testing = [root, *root.children()]
    one = lot.choice(testing if lot.random() < SHARE_OF_TESTING else root.children(recursive=True) or testing)
    one.suspend()
    try:
        time.sleep(lot.uniform(SHORTEST_SECONDS, LONGEST_SECONDS))
    finally:
        one.resume()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
