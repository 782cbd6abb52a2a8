"""What `svara up` shows: one changing line on a terminal, plain lines elsewhere."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import TextIO

_CLEAR = "\r\x1b[K"


class Terminal:
    """Shows steps and reports.

    Args:
        out: for what was asked for.
        errors: for what went wrong.
    """

    def __init__(self, out: TextIO, errors: TextIO) -> None:
        self._out = out
        self._errors = errors
        self._live = out.isatty()
        self._step = ""
        self._since = time.monotonic()
        self._log: Path | None = None
        self._lock = threading.Lock()

    def log_to(self, path: Path) -> None:
        """Has reports written to a file too."""
        self._log = path

    def step(self, text: str) -> None:
        """Shows what is being done; on a terminal in place, with the seconds since it began."""
        with self._lock:
            if text != self._step:
                self._step, self._since = text, time.monotonic()
                if not self._live:
                    self._out.write(f"{text}\n")
            if self._live:
                self._out.write(f"{_CLEAR}{text} {time.monotonic() - self._since:.0f} s")
            self._out.flush()

    def say(self, text: str) -> None:
        """Writes lines that stay."""
        with self._lock:
            self._clear()
            self._out.write(f"{text}\n")
            self._out.flush()

    def report(self, text: str) -> None:
        """Writes an event with its time, for the operator and for the log."""
        line = f"{time.strftime('%Y-%m-%d %H:%M:%S')} {text}\n"
        with self._lock:
            self._clear()
            self._errors.write(line)
            self._errors.flush()
            if self._log is not None:
                with self._log.open("a", encoding="utf-8") as log:
                    log.write(line)

    def _clear(self) -> None:
        if self._live:
            self._out.write(_CLEAR)
            self._out.flush()
