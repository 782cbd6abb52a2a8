"""The whole of `svara up`: checks, training, processes, readiness, and the end."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from bot.errors import SupervisorError
from bot.settings import Settings, ensure_secrets
from bot.storage.database import open_database
from bot.supervisor import guard, plan, ports
from bot.supervisor.claim import claim
from bot.supervisor.plan import Probe
from bot.supervisor.processes import Supervisor, how_it_ended
from bot.supervisor.project_files import problems_of_model_files
from bot.supervisor.terminal import Terminal
from bot.trainer import jobs

GRACE_SECONDS = 20.0
"""A turn under way on a busy machine ends by itself; one that is killed ends in an apology."""
HOPELESS_AFTER = 4
REFUSED = 2
TRAIN = (sys.executable, "-m", "bot.cli", "train", "--to-start")
_POLL_SECONDS = 0.1


def up(settings: Settings, terminal: Terminal, stop: threading.Event) -> int:
    """Runs Svara until `stop` is set.

    Returns:
        The exit code: 0 after a stop that was asked for, 2 when the training refused the data.

    Raises:
        SvaraError: it could not start; the message has a line for each reason.
    """
    began = time.monotonic()
    descriptor = claim(
        settings.var,
        patience=GRACE_SECONDS + 2,
        waiting=lambda: terminal.step("Waiting for the end of a run that was killed ..."),
    )
    try:
        settings, problems = ports.settle(settings)
        problems += problems_of_model_files(Path())
        if problems:
            raise SupervisorError("\n".join(problems))
        settings = ensure_secrets(settings)
        open_database(settings.database).dispose()
        code = _train(settings, stop)
        if code or stop.is_set():
            return code
        return _serve(settings, terminal, stop, descriptor, began)
    finally:
        os.close(descriptor)


def _train(settings: Settings, stop: threading.Event) -> int:
    """Trains if there is something new to train on, in a process that gives its memory back."""
    with subprocess.Popen(
        TRAIN, env=plan.environment(settings), stdin=subprocess.DEVNULL, start_new_session=True
    ) as child:
        while child.poll() is None:
            if stop.wait(_POLL_SECONDS):
                guard.signal_group(child.pid, signal.SIGTERM)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    child.wait(GRACE_SECONDS)
                guard.signal_group(child.pid, signal.SIGKILL)
                return 0
    if child.returncode in {0, REFUSED}:  # it has said itself what was wrong
        return child.returncode
    raise SupervisorError(
        f"The training {how_it_ended(child.returncode)}. Run `svara train` to see why."
    )


def _serve(
    settings: Settings, terminal: Terminal, stop: threading.Event, descriptor: int, began: float
) -> int:
    supervisor = Supervisor(
        plan.processes(settings),
        settings.var,
        terminal.report,
        grace=GRACE_SECONDS,
        guard_descriptors=[descriptor],
    )
    terminal.log_to(settings.var / "log" / "svara.log")
    try:
        supervisor.start()
        if wait_until_ready(plan.probes(settings), supervisor, terminal, stop):
            terminal.say(welcome(settings, time.monotonic() - began))
            # Another thread may be given the signal: its handler waits until this one wakes.
            while not stop.wait(_POLL_SECONDS):
                pass
        terminal.step("Stopping ...")
    finally:
        supervisor.stop()
        for job in jobs.cancel_all_here(open_database(settings.database), "the stop of Svara"):
            terminal.step(f"Broke off what {job.by} had started: {job.said}.")
    terminal.say("Stopped.")
    return 0


def wait_until_ready(
    probes: Sequence[Probe], supervisor: Supervisor, terminal: Terminal, stop: threading.Event
) -> bool:
    """Waits until everything answers. False when `stop` was set first.

    Raises:
        SupervisorError: a process ends again and again.
    """
    left = list(probes)
    while left:
        terminal.step(f"Starting {', '.join(probe.name for probe in left)} ...")
        if stop.wait(_POLL_SECONDS):
            return False
        for name in supervisor.names:
            if supervisor.deaths(name) >= HOPELESS_AFTER:
                raise SupervisorError(
                    f"'{name}' ended {HOPELESS_AFTER} times in a row while starting. "
                    f"Its log says why: {supervisor.log_file(name)}"
                )
        left = [probe for probe in left if not probe.answers()]
    return True


def welcome(settings: Settings, seconds: float) -> str:
    """The addresses, once everything is ready."""
    var = "" if settings.var == Settings().var else f" --var {settings.var}"
    page = [f"  Shop with the chat   {settings.url}/"] if settings.demo_shop else []
    return "\n".join(
        [
            f"Svara is ready ({seconds:.1f} s).",
            "",
            *page,
            f"  Help centre          {settings.url}/help/sv/",
            f"  Staff console        {settings.staff_url}/",
            f"                       log in as '{settings.staff_login}'; "
            f"`svara staff-password{var}` prints the password",
            f"  Health check         {settings.url}/healthz",
            f"  Logs                 {settings.var / 'log'}/",
            "",
            "Ctrl-C stops everything.",
        ]
    )
