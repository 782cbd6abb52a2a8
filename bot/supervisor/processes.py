"""Keeps a list of processes running until told to stop."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bot.errors import SupervisorError
from bot.supervisor import guard
from bot.supervisor.logs import last_line, open_log


@dataclass(frozen=True)
class Process:
    """One process to keep running.

    Attributes:
        name: names its log file and its entry in `pids.json`.
        command: program and arguments; never a secret, as any user may read them.
        environment: all its variables; None for this process's own.
    """

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Restarts:
    """How long to wait before a process that ended is started again, in seconds.

    Attributes:
        first: after the first end; doubled at each further one.
        longest: never more than this.
        steady: a process that lived this long starts again from `first`.
    """

    first: float = 0.5
    longest: float = 30.0
    steady: float = 60.0

    def delay(self, deaths: int) -> float:
        """Seconds to wait after so many ends in a row (at least 1)."""
        return float(min(self.first * 2 ** min(deaths - 1, 32), self.longest))


class Supervisor:
    """Runs processes, each in a session of its own, and starts again those that end.

    Args:
        processes: what to run; names are unique.
        folder: gets `pids.json` (process id by name) and `log/<name>.log`.
        report: takes a line for the operator whenever a process ends.
        restarts: the waits between an end and the next start.
        grace: seconds between the request to end and the kill.
        guard_descriptors: open files that stay open until the last process has ended, even if
            this process is killed.
    """

    def __init__(
        self,
        processes: Sequence[Process],
        folder: Path,
        report: Callable[[str], None],
        *,
        restarts: Restarts | None = None,
        grace: float = 8.0,
        guard_descriptors: Sequence[int] = (),
    ) -> None:
        self._processes = processes
        self._folder = folder
        self._report = report
        self._restarts = restarts or Restarts()
        self._grace = grace
        self._guard_descriptors = tuple(guard_descriptors)
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._deaths = {process.name: 0 for process in processes}
        self._threads: list[threading.Thread] = []
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._guard: subprocess.Popen[bytes] | None = None

    @property
    def pids_file(self) -> Path:
        """Where the process ids are written."""
        return self._folder / "pids.json"

    @property
    def names(self) -> list[str]:
        """Names of all processes."""
        return [process.name for process in self._processes]

    def log_file(self, name: str) -> Path:
        """A process's log."""
        return self._folder / "log" / f"{name}.log"

    def deaths(self, name: str) -> int:
        """How often a process has ended in a row, without having lived for long in between."""
        return self._deaths[name]

    def pids(self) -> dict[str, int]:
        """Process id by name, of those that run now."""
        with self._lock:
            return {name: child.pid for name, child in self._running.items()}

    def start(self) -> None:
        """Starts all processes, and returns at once.

        Raises:
            SupervisorError: a program cannot be started at all.
        """
        for process in self._processes:
            try:
                run = self._launch(process)
            except OSError as error:
                self.stop()
                raise SupervisorError(
                    f"Cannot start '{process.name}' ({process.command[0]}): {error.strerror}."
                ) from error
            thread = threading.Thread(
                target=self._keep, args=(process, run), name=f"keep-{process.name}", daemon=True
            )
            thread.start()
            self._threads.append(thread)

    def stop(self) -> None:
        """Ends all processes and what they started, and returns when they are gone."""
        self._stopping.set()
        with self._lock:
            groups = {child.pid: name for name, child in self._running.items()}
        for group in guard.end_groups(groups, self._grace):
            self._report(f"{groups[group]} (pid {group}) did not end by itself and was killed.")
        for thread in self._threads:
            thread.join()
        self.pids_file.unlink(missing_ok=True)
        self._end_guard()

    def _keep(self, process: Process, run: _Run | None) -> None:
        while run is not None:
            code = run.child.wait()
            lived = time.monotonic() - run.started
            self._ended(process, run)
            if self._stopping.is_set():
                return
            steady = lived >= self._restarts.steady
            self._deaths[process.name] = 1 if steady else self._deaths[process.name] + 1
            said = last_line(self.log_file(process.name), run.log_start) or "(none)"
            self._report(
                f"{process.name} (pid {run.child.pid}) {how_it_ended(code)} after {lived:.1f} s. "
                f"Its last line: {said}"
            )
            run = self._launch_again(process)

    def _launch_again(self, process: Process) -> _Run | None:
        while not self._stopping.wait(self._restarts.delay(self._deaths[process.name])):
            try:
                run = self._launch(process)
            except OSError as error:
                self._deaths[process.name] += 1
                self._report(f"{process.name} cannot be started: {error}. Trying again.")
                continue
            if run is not None:
                self._report(f"{process.name} was started again (pid {run.child.pid}).")
            return run
        return None

    def _launch(self, process: Process) -> _Run | None:
        """Starts a process. None when it is too late for that."""
        with self._lock, open_log(self.log_file(process.name)) as log:
            if self._stopping.is_set():
                return None
            log_start = log.tell()
            child = subprocess.Popen(
                list(process.command),
                env=None if process.environment is None else dict(process.environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            self._running[process.name] = child
            self._tell_guard(f"+{child.pid}")
            self._write_pids()
            return _Run(child, time.monotonic(), log_start)

    def _ended(self, process: Process, run: _Run) -> None:
        # What the process had started itself must not hold its port against the next one.
        guard.signal_group(run.child.pid, signal.SIGKILL)
        with self._lock:
            del self._running[process.name]
            self._tell_guard(f"-{run.child.pid}")
            self._write_pids()

    def _write_pids(self) -> None:
        temporary = self.pids_file.with_suffix(".new")
        pids = {name: child.pid for name, child in self._running.items()}
        try:
            temporary.write_text(json.dumps(pids), encoding="utf-8")
            temporary.replace(self.pids_file)
        except OSError as error:  # a full disk is no reason to leave the processes alone
            self._report(f"Cannot write '{self.pids_file}': {error.strerror}.")

    def _tell_guard(self, line: str) -> None:
        try:
            self._write_to_guard(line)
        except BrokenPipeError:
            # It was killed: the next one has to learn of all that runs.
            self._end_guard()
            for child in self._running.values():
                self._write_to_guard(f"+{child.pid}")

    def _write_to_guard(self, line: str) -> None:
        if self._guard is None:
            self._guard = subprocess.Popen(
                [sys.executable, "-I", "-S", guard.__file__, str(self._grace)],
                stdin=subprocess.PIPE,
                bufsize=0,
                start_new_session=True,
                pass_fds=self._guard_descriptors,
            )
        if self._guard.stdin is not None:
            self._guard.stdin.write(line.encode() + b"\n")

    def _end_guard(self) -> None:
        if self._guard is not None and self._guard.stdin is not None:
            self._guard.stdin.close()
            self._guard.wait()
            self._guard = None


@dataclass(frozen=True)
class _Run:
    """One life of a process.

    Attributes:
        started: on the monotonic clock, seconds.
        log_start: size of its log when it began, bytes.
    """

    child: subprocess.Popen[bytes]
    started: float
    log_start: int


def how_it_ended(code: int) -> str:
    """An exit code in words."""
    if code >= 0:
        return f"ended with exit code {code}"
    try:
        return f"was ended by {signal.Signals(-code).name}"
    except ValueError:
        return f"was ended by signal {-code}"
