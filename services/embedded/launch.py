"""Becomes another program after giving up root and tying its life to the supervisor's; a script, standard library only.

A fork with threads around must not run Python before exec, so what others do in `preexec_fn` is done here, after exec.
"""

import argparse
import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    """Drop to the account asked for, ask the kernel for a signal at the parent's death, and exec the command."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--parent", type=int, required=True)
    parser.add_argument("--death-signal", type=int, required=True)
    parser.add_argument("--uid", type=int)
    parser.add_argument("--gid", type=int)
    parser.add_argument("command", nargs=argparse.REMAINDER)
    arguments = parser.parse_args()
    command: list[str] = arguments.command[1:]  # the first is "--"

    if arguments.uid is not None:
        os.setgroups([])
        os.setgid(arguments.gid)
        os.setuid(arguments.uid)
        # Whoever started us may stand where this account may not.
        os.chdir("/")
    if sys.platform == "linux":
        # After setuid: a change of credentials clears the death signal.
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.prctl(PR_SET_PDEATHSIG, arguments.death_signal, 0, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG)")
    if os.getppid() != arguments.parent:
        # The parent died before the kernel knew that we care.
        raise SystemExit(1)
    os.execv(command[0], command)  # noqa: S606 - becoming the command is this script's purpose


if __name__ == "__main__":
    main()
