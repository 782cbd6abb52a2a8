"""Runs every measurement: `python -m tests.bench`."""

from __future__ import annotations

import sys

from tests.bench import turn

if __name__ == "__main__":
    sys.exit(turn.main(sys.argv[1:]))
