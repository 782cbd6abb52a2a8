"""What `svara up` shows, on a terminal and elsewhere."""

from __future__ import annotations

import io
import re
from pathlib import Path

from bot.supervisor.terminal import Terminal


class Tty(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_elsewhere_each_step_is_a_plain_line_once() -> None:
    out = io.StringIO()
    terminal = Terminal(out, io.StringIO())
    for step in ("Starting rasa ...", "Starting rasa ...", "Stopping ..."):
        terminal.step(step)
    terminal.say("Stopped.")
    assert out.getvalue() == "Starting rasa ...\nStopping ...\nStopped.\n"


def test_on_a_terminal_a_step_is_written_over_and_leaves_nothing() -> None:
    out = Tty()
    terminal = Terminal(out, io.StringIO())
    terminal.step("Starting rasa ...")
    terminal.step("Starting rasa ...")
    terminal.say("Ready.")
    line = "\r\x1b[KStarting rasa ... 0 s"
    assert out.getvalue() == f"{line}{line}\r\x1b[KReady.\n"


def test_a_report_has_its_time_and_goes_to_the_log_too(tmp_path: Path) -> None:
    errors, log = io.StringIO(), tmp_path / "svara.log"
    terminal = Terminal(io.StringIO(), errors)
    terminal.report("before")
    terminal.log_to(log)
    terminal.report("rasa ended")
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d rasa ended\n", log.read_text())
    assert len(errors.getvalue().splitlines()) == 2
