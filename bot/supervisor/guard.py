"""Ends the supervised processes when the supervisor could not: `python guard.py SECONDS`.

The supervisor holds the other end of this process's standard input, and names there the process
groups that it starts (`+123`) and that have ended (`-123`). When the input ends, the supervisor is
gone, however it went: whatever is left is ended. Unlike PR_SET_PDEATHSIG this reaches whole groups,
gives them time to finish, does not depend on which thread started them, and works beyond Linux.

Standard library only: it is run as a file, without the packages of the environment.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterable

POLL_SECONDS = 0.05


def end_groups(groups: Iterable[int], grace: float) -> set[int]:
    """Ends process groups: SIGTERM, and SIGKILL for what is still there after `grace` seconds.

    Returns:
        The groups that had to be killed.
    """
    left = {group for group in groups if signal_group(group, signal.SIGTERM)}
    deadline = time.monotonic() + grace
    while left and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)
        left = {group for group in left if signal_group(group, 0)}
    return {group for group in left if signal_group(group, signal.SIGKILL)}


def signal_group(group: int, number: int) -> bool:
    """Sends a signal to a process group. False when nothing of the group is left."""
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):  # the second: only zombies left, on macOS
        return False
    return True


def main() -> None:
    """Waits for the end of the input, then ends what is left."""
    # Whoever stops the supervisor may signal this process too; it has to outlive the others.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    groups: set[int] = set()
    for line in iter(sys.stdin.readline, ""):
        group = int(line[1:])
        if line.startswith("+"):
            groups.add(group)
        else:
            groups.discard(group)
    end_groups(groups, float(sys.argv[1]))


if __name__ == "__main__":
    main()
