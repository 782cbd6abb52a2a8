"""Ports for servers that are told their number, and keep it while they are killed and come back."""

from __future__ import annotations

import itertools
import os
import random
import socket
from collections.abc import Iterator

_FIRST, _END = 10_000, 32_768
"""Below those that systems give away: one of these could be taken while its server is down."""
_BLOCK = 2_000


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on, and that this function gives to nobody else for a long time."""
    return list(itertools.islice(_free, count))


def _ours() -> Iterator[int]:
    # each of pytest's workers has ports of its own
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:])
    blocks = (_END - _FIRST) // _BLOCK
    first = _FIRST + worker % blocks * _BLOCK
    start = random.randrange(_BLOCK)
    for each in itertools.count(start):
        port = first + each % _BLOCK
        try:
            socket.create_server(("127.0.0.1", port)).close()
        except OSError:
            continue
        yield port


_free = _ours()
